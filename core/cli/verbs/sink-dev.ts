import type { Workbench } from '../../workshop/workbench.ts';
import { findSink, readSettings } from '../sink-places.ts';
import type { Terminal } from '../terminal.ts';

export type DevSinkOptions = {
  readonly settings?: string;
  readonly smtp: number;
  readonly pop3: number;
  readonly config?: string;
};

/** `sluice sink dev <name>`: a server for one sink, with everything it does shown as it happens. */
export async function devSink(
  terminal: Terminal,
  named: string,
  { settings, smtp, pop3, config }: DevSinkOptions,
  dev: Workbench['dev'],
): Promise<number> {
  const { folder, binding } = await findSink(named, config);
  const said = settings === undefined ? {} : { settings: await readSettings(settings) };
  return await dev({ folder, binding: { ...binding, ...said }, smtp, pop3, say: (text) => terminal.out(`${text}\n`) });
}
