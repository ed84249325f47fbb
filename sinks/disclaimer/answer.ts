import { next, noted, type Capabilities, type DecisionOf, type EditFor, type Message } from '@sluice/sdk';
import { decide } from './decide.ts';
import type { Occasion } from './occasion.ts';
import { readable } from './reasons.ts';

/**
 * What is done with one message. The trace has the proof: one line, whatever was decided. A failure stands in the log
 * too: somebody has to do something about it.
 */
export async function answer(
  occasion: Occasion,
  has: Pick<Capabilities, 'message' | 'clock' | 'directory' | 'log'>,
): Promise<DecisionOf<'next', EditFor<'onCategorized'>>> {
  const { message } = occasion;
  const outcome = await decide(occasion, has);
  const proof = { ...outcome.proof, protection: message.protection, untouched: untouchedIn(message) };
  if (outcome.kind === 'edit') return noted(next(...outcome.edits), addedTo(message), proof);
  const text = `no disclaimer: ${outcome.reason}`;
  if (outcome.isFailure) has.log.error(text, proof);
  return noted(next(), text, proof);
}

/** Whether it gets into what is signed or encrypted is not for this sink to know: the core decides behind it. */
const addedTo = ({ protection }: Message): string =>
  protection === 'none'
    ? 'disclaimer added'
    : "disclaimer wanted: the message is protected, so the binding's smime decides";

/** Forms of the text nobody edits: what they show stays without. */
const untouchedIn = ({ tree }: Message): readonly string[] =>
  readable(tree).flatMap(({ path, type }) =>
    type === 'text/x-amp-html' || type === 'text/calendar' ? [`${path} ${type}`] : [],
  );
