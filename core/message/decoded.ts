import { isTransfer } from './codings/transfer.ts';
import { charsetNow, contentNow, encodingNow, type Draft } from './edit/journal.ts';
import { findTargets } from './edit/targets.ts';
import type { Part } from './part.ts';
import { decodeUndeclared, findCharset } from './text/charset.ts';
import { flowOf, unflow } from './text/flowed.ts';

/**
 * What a person reads: the first body part of that form, decoded; the lines of a plain one end in `\n`.
 *
 * @returns null when there is none, or its charset or transfer encoding is not known
 */
export function decodedText(draft: Draft, root: Part, form: 'plain' | 'html'): string | null {
  const target = findTargets(root).find((found) => found.form === form);
  if (!target) return null;
  const { part } = target;
  const transfer = encodingNow(draft, part);
  if (!isTransfer(transfer)) return null;
  const content = contentNow(draft, part, transfer).octets;
  const text = decodeText(content, charsetNow(draft, part));
  if (text === null || form === 'html') return text;
  const flow = flowOf(part.contentType.parameters);
  return flow ? unflow(text, flow) : text.replaceAll('\r\n', '\n');
}

/** @returns null when the charset is not known; without a byte order mark */
function decodeText(content: Buffer, label: string | null): string | null {
  const charset = findCharset(label);
  if (!charset) return null;
  const text = charset.name === 'us-ascii' ? decodeUndeclared(content) : charset.decode(content);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
