import type { Capabilities } from '@sluice/sdk';
import { chooseRules } from './choose.ts';
import { compileRules } from './compiled.ts';
import { openSituation, type Occasion } from './occasion.ts';
import { whyNot } from './reasons.ts';

/** Recipients by the rules that are for them: each group can have a copy of its own. */
export async function groupRecipients(
  occasion: Occasion,
  has: Pick<Capabilities, 'directory'>,
): Promise<readonly (readonly string[])[]> {
  const { message, envelope, settings } = occasion;
  if (whyNot(message, envelope, settings) !== null) return [envelope.recipients];
  const situation = await openSituation(occasion, has);
  const rules = compileRules(settings);
  const groups = Map.groupBy(envelope.recipients, (recipient) =>
    chooseRules(rules, settings.match, { ...situation, recipients: [recipient] })
      .rules.map(({ name }) => name)
      .join(),
  );
  return [...groups.values()];
}
