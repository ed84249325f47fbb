import type { DecisionKind } from '../decisions.ts';
import { editKinds, type Edit, type EditKind } from '../edits.ts';
import type { Fired } from './fire.ts';

/** What vitest and jest want of a matcher. */
type Matched = { readonly pass: boolean; readonly message: () => string };
/** A text in the reply or the reason, as a part of it or as a pattern. */
type Text = string | RegExp;

/** What `expect(await fire(…))` can be held to. A text is a part of the reply, the reason or the line, or a pattern. */
export type SinkMatchers = {
  toReject(text?: Text): void;
  toDefer(text?: Text): void;
  toDisconnect(text?: Text): void;
  /** It has no opinion: `next()`, with edits or without. */
  toPass(): void;
  toAccept(): void;
  toDiscard(reason?: Text): void;
  toDrop(reason?: Text): void;
  toQuarantine(reason?: Text): void;
  /** To exactly these, in this order; to anybody when left out. */
  toRedirect(...recipients: readonly string[]): void;
  /** It asks for at least one edit of each of these kinds, and for none of another: without kinds for none at all. */
  toEditOnly(...kinds: readonly EditKind[]): void;
  /** The message is not protected, or nothing it asks for touches what a signature covers. */
  toKeepSignature(): void;
  toLog(text: Text): void;
  /** The decision carries a note (`noted`) with this text. */
  toNote(text?: Text): void;
};

/** The matchers themselves. `import '@sluice/sdk/testing/vitest'` adds them to vitest; others take them from here. */
export const matchers = {
  toReject: (fired: Fired, text?: Text): Matched => decided(fired, 'reject', text),
  toDefer: (fired: Fired, text?: Text): Matched => decided(fired, 'defer', text),
  toDisconnect: (fired: Fired, text?: Text): Matched => decided(fired, 'disconnect', text),
  toPass: (fired: Fired): Matched => decided(fired, 'next'),
  toAccept: (fired: Fired): Matched => decided(fired, 'accept'),
  toDiscard: (fired: Fired, reason?: Text): Matched => decided(fired, 'discard', reason),
  toDrop: (fired: Fired, reason?: Text): Matched => decided(fired, 'drop', reason),
  toQuarantine: (fired: Fired, reason?: Text): Matched => decided(fired, 'quarantine', reason),
  toRedirect(fired: Fired, ...recipients: readonly string[]): Matched {
    const to = fired.decision?.kind === 'redirect' ? fired.decision.recipients : null;
    const isRight = to !== null && (recipients.length === 0 || String(to) === String(recipients));
    return matched(isRight, fired, `redirect to ${recipients.join(', ') || 'anybody'}`);
  },
  toEditOnly(fired: Fired, ...kinds: readonly EditKind[]): Matched {
    const asked = new Set<EditKind>(fired.edits.map(({ kind }) => kind));
    const isRight = asked.size === new Set(kinds).size && kinds.every((kind) => asked.has(kind));
    return matched(isRight, fired, `edit ${kinds.join(', ') || 'nothing'} only`);
  },
  toKeepSignature(fired: Fired): Matched {
    const isProtected = fired.protection !== null && fired.protection !== 'none';
    return matched(!isProtected || !fired.edits.some(touches), fired, 'leave what is signed or encrypted as it is');
  },
  toLog(fired: Fired, text: Text): Matched {
    const isThere = fired.log.some((line) => holds(line.text, text));
    return matched(isThere, fired, `log ${String(text)}`);
  },
  toNote(fired: Fired, text: Text = ''): Matched {
    const isThere = fired.note !== null && holds(fired.note.text, text);
    return matched(isThere, fired, text === '' ? 'note anything' : `note ${String(text)}`);
  },
} as const satisfies { readonly [K in keyof SinkMatchers]: unknown };

function decided(fired: Fired, kind: DecisionKind, text: Text = ''): Matched {
  const { decision } = fired;
  const said =
    decision === null ? '' : 'reply' in decision ? decision.reply.text : 'reason' in decision ? decision.reason : '';
  const wanted = text === '' ? kind : `${kind} with ${String(text)}`;
  return matched(decision?.kind === kind && holds(said, text), fired, wanted);
}

function holds(said: string, text: Text): boolean {
  return typeof text === 'string' ? said.includes(text) : text.test(said);
}

function matched(pass: boolean, fired: Fired, wanted: string): Matched {
  const log = fired.log.map(({ level, text }) => `\n  log ${level}: ${text}`).join('');
  const was = JSON.stringify(fired.decision);
  return { pass, message: () => `expected ${fired.event} ${pass ? 'not ' : ''}to ${wanted}; it answered ${was}${log}` };
}

const bodyEdits: ReadonlySet<string> = new Set(editKinds.body);
const headerEdits: ReadonlySet<string> = new Set(editKinds.header);

/** The body, and the fields that say how to read it. */
function touches(edit: Edit): boolean {
  if (bodyEdits.has(edit.kind)) return true;
  return headerEdits.has(edit.kind) && 'name' in edit && /^(content-|mime-version$)/i.test(edit.name);
}
