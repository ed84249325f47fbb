import type { EditOf } from '../../../sdk/edits.ts';
import { isTransfer, type Transfer } from '../codings/transfer.ts';
import { isNamed, type HeaderLine } from '../fields.ts';
import type { Part } from '../part.ts';
import { flowOf } from '../text/flowed.ts';
import { carry, type Carried } from './carry.ts';
import { frame, prepare } from './frame.ts';
import {
  bodyOf,
  change,
  charsetNow,
  contentNow,
  encodingNow,
  headerChanges,
  linesOf,
  replaceLine,
  withCharset,
  type Draft,
  type HeaderChange,
} from './journal.ts';
import type { Applied, Change } from './outcome.ts';
import { spliceTail } from './tail.ts';
import type { Target } from './targets.ts';
import { inAscii, locate, openText, viewOf } from './text-body.ts';
import { offsetNow } from './writer.ts';

type TextEdit = EditOf<'insert-text'>;

/** Puts the text into every form of the message there is, or into none. */
export function applyInsertText(draft: Draft, targets: readonly Target[], edit: TextEdit): Applied {
  const wanted = targets.filter(({ form }) => edit[form] !== '');
  if (wanted.length === 0) return { kind: 'skipped', reason: 'no text/plain or text/html body part for the text' };
  const changes: Change[] = [];
  let current = draft;
  for (const target of wanted) {
    const applied = insertInto(current, target, edit);
    if (applied.kind === 'skipped') return applied;
    current = applied.draft;
    const { header, body } = target.part;
    const [headerAt, bodyAt] = [offsetNow(draft, header.from), offsetNow(draft, body.from)];
    changes.push(...applied.header.map((one) => ({ ...one, part: target.part.path, at: headerAt + one.at })));
    changes.push({ ...applied.body, part: target.part.path, at: bodyAt + applied.body.at });
  }
  return { kind: 'done', draft: current, changes };
}

/** One part done, its changes counted from the start of its header and of its body. */
type Inserted = {
  readonly kind: 'done';
  readonly draft: Draft;
  readonly header: readonly HeaderChange[];
  readonly body: HeaderChange;
};
type Skipped = Extract<Applied, { readonly kind: 'skipped' }>;

function insertInto(draft: Draft, target: Target, edit: TextEdit): Inserted | Skipped {
  const { part, form, boundaries } = target;
  const skip = (reason: string): Skipped => ({ kind: 'skipped', reason: `part ${part.path || 'text'}: ${reason}` });
  if (!part.separated) return skip('its header is not closed by an empty line');
  if (part.ambiguous) return skip('it says twice what it is');
  const named = part.contentType.value;
  if (named !== part.type && named !== '' && named !== 'text') return skip('its Content-Type cannot be read');
  const transfer = encodingNow(draft, part);
  if (!isTransfer(transfer)) return skip(`unknown Content-Transfer-Encoding ${transfer.slice(0, 40)}`);

  const flow = form === 'plain' ? flowOf(part.contentType.parameters) : null;
  const wanted = prepare(edit[form], form, flow);
  const raw = bodyOf(draft, part);
  const boundaryless = { form, text: wanted, transfer, flow, boundaries, lineEnd: draft.lineEnd };
  const tail = edit.position === 'after' && spliceTail(raw, { ...boundaryless, charset: charsetNow(draft, part) });
  if (tail) return finish(draft, target, { splice: tail, transfer, charset: null });
  const opened = openText(contentNow(draft, part, transfer), charsetNow(draft, part), wanted);
  if (opened.kind === 'bad') return skip(opened.reason);

  const { content, charset, converted } = opened;
  const view = viewOf(content.octets, charset);
  const place = locate(view, { content: content.octets, charset, form, position: edit.position });
  const { text, lineEnd } = frame(view, place, { text: wanted, flow, lineEnd: draft.lineEnd, form });
  const encoded = charset.encode(text);
  if (!encoded) return skip(`the text does not fit charset ${charset.name}`);
  const offset = charset.layout === 'utf-16' ? place * 2 : place;
  const octets = charset.layout === 'shifted' ? inAscii(content.octets, offset, encoded) : encoded;
  const mayStay = !converted;
  const done = carry(raw, { insertion: { content, offset, octets, lineEnd }, transfer, boundaries, charset, mayStay });
  if (done === null) return skip(`its ${transfer} is damaged`);
  return finish(draft, target, { ...done, charset: converted ? charset.name : null });
}

type Finished = Carried & { readonly charset: string | null };

function finish(draft: Draft, { part }: Target, { splice, transfer, charset }: Finished): Inserted | Skipped {
  const raw = bodyOf(draft, part);
  const { at, removed } = splice;
  const isFirst = part.glued && !draft.journal.get(part)?.end;
  const { octets, end } = isFirst ? cutEnd(splice.octets, draft.lineEnd) : { octets: splice.octets, end: null };
  const body = [raw.subarray(0, at), octets, raw.subarray(at + removed)];
  const before = linesOf(draft, part);
  const lines = describe(draft, part, before, { transfer, charset });
  if (!lines) return { kind: 'skipped', reason: `part ${part.path || 'text'}: its Content-Type cannot be read` };
  const state = { body, encoding: transfer, ...(charset === null ? {} : { charset }), ...(end ? { end } : {}) };
  return {
    kind: 'done',
    draft: change(draft, part, lines === before ? state : { ...state, lines }),
    header: lines === before ? [] : headerChanges(before, lines),
    body: { at, removed, added: octets.length + (end?.length ?? 0) },
  };
}

/** What goes between an empty line and a delimiter: its last line end is the delimiter's (RFC 2046 §5.1.1). */
function cutEnd(octets: Buffer, lineEnd: string): { readonly octets: Buffer; readonly end: Buffer } {
  if (octets.at(-1) !== 0x0a) return { octets, end: Buffer.from(lineEnd) };
  const length = octets.length - (octets.at(-2) === 0x0d ? 2 : 1);
  return { octets: octets.subarray(0, length), end: octets.subarray(length) };
}

type Description = {
  readonly transfer: Transfer;
  /** Null when it stays. */
  readonly charset: string | null;
};

type Lines = readonly HeaderLine[];

/** The header with charset and transfer encoding as they are now; the very same when nothing changed, null when it cannot say so. */
function describe(draft: Draft, part: Part, before: Lines, { transfer, charset }: Description): Lines | null {
  const { lineEnd } = draft;
  let lines = before;
  if (charset !== null) {
    const typed = withCharset(
      before.find((line) => isNamed(line, 'Content-Type')) ?? null,
      part.type,
      charset,
      lineEnd,
    );
    if (!typed) return null;
    lines = replaceLine(lines, 'Content-Type', lineEnd, () => typed);
  }
  if (transfer !== encodingNow(draft, part))
    lines = replaceLine(lines, 'Content-Transfer-Encoding', lineEnd, (old) =>
      writeLine(old?.name ?? 'Content-Transfer-Encoding', transfer, lineEnd),
    );
  const hasVersion = part.path !== '' || lines === before || lines.some((line) => isNamed(line, 'MIME-Version'));
  return hasVersion
    ? lines
    : replaceLine(lines, 'MIME-Version', lineEnd, () => writeLine('MIME-Version', '1.0', lineEnd));
}

const writeLine = (name: string, value: string, lineEnd: string): HeaderLine => ({
  name,
  octets: Buffer.from(`${name}: ${value}${lineEnd}`),
});
