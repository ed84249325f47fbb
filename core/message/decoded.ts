import { decodeTransfer, isTransfer } from './codings/transfer.ts';
import { bodyOf, charsetNow, encodingNow, type Draft } from './edit/journal.ts';
import { findTargets } from './edit/targets.ts';
import type { Part } from './part.ts';
import { decodeUndeclared, findCharset } from './text/charset.ts';
import { flowOf, unflow } from './text/flowed.ts';

/**
 * What a person reads: the first body part of that form, decoded.
 *
 * @returns null when there is none, or its charset or transfer encoding is not known
 */
export function decodedText(draft: Draft, root: Part, form: 'plain' | 'html'): string | null {
  const target = findTargets(root).find((found) => found.form === form);
  if (!target) return null;
  const { part } = target;
  const transfer = encodingNow(draft, part);
  if (!isTransfer(transfer)) return null;
  const content = decodeTransfer(bodyOf(draft, part), transfer).octets;
  const text = decodeText(content, charsetNow(draft, part));
  const flow = form === 'plain' ? flowOf(part.contentType.parameters) : null;
  return text !== null && flow ? unflow(text, flow) : text;
}

/** @returns null when the charset is not known; without a byte order mark */
export function decodeText(content: Buffer, label: string | null): string | null {
  const charset = findCharset(label);
  if (!charset) return null;
  const text = charset.name === 'us-ascii' ? decodeUndeclared(content) : charset.decode(content);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
