import { existsSync } from 'node:fs';
import { eventNames, isEventName } from '../../../sdk/catalogue.ts';
import type { Workbench } from '../../workshop/workbench.ts';
import { findSink, readSettings } from '../sink-places.ts';
import { exitCodes, Refusal } from '../verb.ts';

export type InspectWords = {
  readonly eml?: string;
  readonly event?: string;
  readonly payload?: string;
  readonly settings?: string;
  readonly port: number;
};

/** `sluice sink inspect`: a sink of one's own under Node's inspector, in a process of its own. */
export async function inspectSink(
  named: string,
  { eml, event, payload, settings, port, config }: InspectWords & { readonly config?: string },
  inspect: Workbench['inspect'],
): Promise<number> {
  const unknown = `There is no event ${event}; there are ${eventNames.join(', ')}`;
  if (event !== undefined && !isEventName(event)) throw new Refusal(unknown, exitCodes.usage);
  if (eml !== undefined && !existsSync(eml)) throw new Refusal(`There is no message ${eml}`, exitCodes.usage);
  const { folder, binding } = await findSink(named, config);
  return await inspect({
    folder,
    binding: { ...binding, ...(settings !== undefined && { settings: await readSettings(settings) }) },
    event: event ?? null,
    eml: eml ?? null,
    payload: payload === undefined ? {} : await readSettings(payload),
    port,
  });
}
