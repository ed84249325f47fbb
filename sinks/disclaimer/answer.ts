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
  if (outcome.kind === 'edit') return noted(next(...outcome.edits), 'disclaimer added', proof);
  const text = `no disclaimer: ${outcome.reason}`;
  if (outcome.isFailure) has.log.error(text, proof);
  return noted(next(), text, proof);
}

/** Forms of the text nobody edits: what they show stays without. */
const untouchedIn = ({ tree }: Message): readonly string[] =>
  readable(tree).flatMap(({ path, type }) =>
    type === 'text/x-amp-html' || type === 'text/calendar' ? [`${path} ${type}`] : [],
  );
