import type { Capabilities, EditFor, Message } from '@sluice/sdk';
import { decide } from './decide.ts';
import type { Occasion } from './occasion.ts';
import { readable } from './reasons.ts';

/** The edits for one message; empty when it gets none. The log has the proof: one line, whatever was decided. */
export async function answer(
  occasion: Occasion,
  has: Pick<Capabilities, 'message' | 'clock' | 'directory' | 'log'>,
): Promise<readonly EditFor<'onCategorized'>[]> {
  const { message } = occasion;
  const outcome = await decide(occasion, has);
  const proof = { ...outcome.proof, protection: message.protection, untouched: untouchedIn(message) };
  if (outcome.kind === 'edit') {
    has.log.info('disclaimer added', proof);
    return outcome.edits;
  }
  has.log[outcome.isFailure ? 'error' : 'info'](`no disclaimer: ${outcome.reason}`, proof);
  return [];
}

/** Forms of the text nobody edits: what they show stays without. */
const untouchedIn = ({ tree }: Message): readonly string[] =>
  readable(tree).flatMap(({ path, type }) =>
    type === 'text/x-amp-html' || type === 'text/calendar' ? [`${path} ${type}`] : [],
  );
