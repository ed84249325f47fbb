import type { EditOf } from '../../../sdk/edits.ts';
import { decodeTransfer, isTransfer, spliceTransfer, type Splice, type Transfer } from '../codings/transfer.ts';
import { encodeBase64 } from '../codings/base64.ts';
import { encodeQuotedPrintable } from '../codings/quoted-printable.ts';
import { flowOf } from '../text/flowed.ts';
import type { Charset } from '../text/charset.ts';
import { bodyOf, change, charsetNow, encodingNow, linesOf, replaceLine, withCharset, type Draft } from './journal.ts';
import type { Applied, Change } from './outcome.ts';
import { frame, prepare } from './frame.ts';
import { isSafe } from './safe.ts';
import type { Target } from './targets.ts';
import { locate, openText, viewOf } from './text-body.ts';
import { offsetNow } from './writer.ts';
import { isNamed } from '../fields.ts';

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
    changes.push(...applied.changes);
  }
  return { kind: 'done', draft: current, changes };
}

function insertInto(draft: Draft, target: Target, edit: TextEdit): Applied {
  const { part, form } = target;
  const skip = (reason: string): Applied => ({ kind: 'skipped', reason: `part ${part.path || 'text'}: ${reason}` });
  if (!part.separated) return skip('its header is not closed by an empty line');
  if (part.ambiguous) return skip('it says twice what it is');
  const transfer = encodingNow(draft, part);
  if (!isTransfer(transfer)) return skip(`unknown Content-Transfer-Encoding ${transfer.slice(0, 40)}`);
  const raw = bodyOf(draft, part);
  const opened = openText(decodeTransfer(raw, transfer), charsetNow(draft, part), edit[form], form);
  if (opened.kind === 'bad') return skip(opened.reason);

  const { content, charset, converted } = opened;
  const view = viewOf(content, charset);
  const flow = form === 'plain' ? flowOf(part.contentType.parameters) : null;
  const place = locate(view, { content, charset, form, position: edit.position });
  const framed = frame(view, place, { text: prepare(edit[form], form, flow), flow, lineEnd: draft.lineEnd, form });
  const octets = charset.encode(framed.text);
  if (!octets) return skip(`the text does not fit charset ${charset.name}`);
  const offset = charset.layout === 'utf-16' ? place * 2 : place;
  const insertion = { content, offset, octets, lineEnd: framed.lineEnd };
  const done = settle(raw, { transfer, insertion, converted, charset, boundaries: target.boundaries });
  if (done === null) return skip(`its ${transfer} is damaged`);
  return finish(draft, target, { ...done, charset: converted ? charset.name : null });
}

type Carried = { readonly splice: Splice; readonly transfer: Transfer };
type Settling = {
  readonly transfer: Transfer;
  readonly insertion: {
    readonly content: Buffer;
    readonly offset: number;
    readonly octets: Buffer;
    readonly lineEnd: string;
  };
  readonly converted: boolean;
  readonly charset: Charset;
  readonly boundaries: readonly string[];
};

/** In place where the transfer encoding can carry the text; else the whole body anew. */
function settle(raw: Buffer, { transfer, insertion, converted, charset, boundaries }: Settling): Carried | null {
  const { content, offset, octets, lineEnd } = insertion;
  if (!converted) {
    const splice = spliceTransfer(raw, transfer, insertion);
    if (!splice) return null;
    if (isSafe(raw, splice, { transfer, boundaries })) return { splice, transfer };
  }
  const whole = Buffer.concat([content.subarray(0, offset), octets, content.subarray(offset)]);
  const replace = (body: Buffer): Splice => ({ at: 0, removed: raw.length, octets: body });
  const asBase64: Carried = { splice: replace(encodeBase64(whole, lineEnd)), transfer: 'base64' };
  if (transfer === 'base64' || charset.layout === 'utf-16') return asBase64;
  if (transfer === '8bit' && isSafe(raw, replace(whole), { transfer, boundaries }))
    return { splice: replace(whole), transfer };
  const transferNow = 'quoted-printable';
  const quoted = replace(encodeQuotedPrintable(whole, { lineEnd }));
  if (isSafe(raw, quoted, { transfer: transferNow, boundaries })) return { splice: quoted, transfer: transferNow };
  const safer = replace(encodeQuotedPrintable(whole, { lineEnd, dashes: true }));
  return isSafe(raw, safer, { transfer: transferNow, boundaries })
    ? { splice: safer, transfer: transferNow }
    : asBase64;
}

type Finished = Carried & { readonly charset: string | null };

function finish(draft: Draft, { part, form }: Target, { splice, transfer, charset }: Finished): Applied {
  const raw = bodyOf(draft, part);
  const { at, removed, octets } = splice;
  const body = Buffer.concat([raw.subarray(0, at), octets, raw.subarray(at + removed)]);
  const start = offsetNow(draft, part.body.from);
  const changes: Change[] = [{ part: part.path, at: start + at, added: octets.length, removed }];
  const state = { body, encoding: transfer, ...(charset === null ? {} : { charset }) };
  const before = linesOf(draft, part);
  let lines = before;
  const { lineEnd } = draft;
  if (charset !== null)
    lines = replaceLine(lines, 'Content-Type', lineEnd, (old) => withCharset(old, `text/${form}`, charset, lineEnd));
  if (transfer !== encodingNow(draft, part))
    lines = replaceLine(lines, 'Content-Transfer-Encoding', lineEnd, (old) =>
      writeEncoding(old?.name, transfer, lineEnd),
    );
  if (lines === before) return { kind: 'done', draft: change(draft, part, state), changes };
  if (part.path === '' && !lines.some((line) => isNamed(line, 'MIME-Version')))
    lines = replaceLine(lines, 'MIME-Version', lineEnd, () => `MIME-Version: 1.0${lineEnd}`);
  const sizeOf = (all: typeof lines): number => all.reduce((sum, line) => sum + line.octets.length, 0);
  const from = offsetNow(draft, part.header.from);
  changes.unshift({ part: part.path, at: from, added: sizeOf(lines), removed: sizeOf(before) });
  return { kind: 'done', draft: change(draft, part, { ...state, lines }), changes };
}

const writeEncoding = (name: string | null | undefined, transfer: Transfer, lineEnd: string): string =>
  `${name ?? 'Content-Transfer-Encoding'}: ${transfer}${lineEnd}`;
