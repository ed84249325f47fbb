import { bufferOf } from '../../message/content.ts';
import { work } from '../heavy.ts';
import { createCanonicalText } from './canonical-text.ts';
import { createDigest, type Digest } from './digest.ts';
import { readSource, type OctetSource } from './octet-source.ts';

/** Content as it was given, or with the line ends of canonical text. */
export type Form = 'raw' | 'crlf';

/** Signed content, digested at most once per algorithm and form. */
export type Content = {
  pieces(form: Form): AsyncIterable<Uint8Array>;
  digest(digest: Digest, form: Form): Promise<Buffer>;
};

/** The order in which forms are tried; there are no others. */
export const forms: readonly Form[] = ['raw', 'crlf'];

/** Opens content for checking. Memory does not grow with it. */
export function openContent(source: OctetSource): Content {
  const known = new Map<string, Promise<Buffer>>();
  const pieces = (form: Form): AsyncIterable<Uint8Array> =>
    form === 'raw' ? readSource(source) : canonicalPieces(source);
  return {
    pieces,
    digest(digest, form) {
      const key = `${digest} ${form}`;
      const before = known.get(key);
      if (before) return before;
      const made = source instanceof Uint8Array ? digestHere(source, digest, form) : digestOf(pieces(form), digest);
      known.set(key, made);
      return made;
    },
  };
}

async function digestHere(octets: Uint8Array, digest: Digest, form: Form): Promise<Buffer> {
  return bufferOf((await work({ kind: 'digest', octets, digest, form })).octets);
}

async function digestOf(pieces: AsyncIterable<Uint8Array>, digest: Digest): Promise<Buffer> {
  const hash = createDigest(digest);
  for await (const piece of pieces) hash.update(piece);
  return hash.digest();
}

async function* canonicalPieces(source: OctetSource): AsyncGenerator<Uint8Array> {
  const canonical = createCanonicalText();
  for await (const piece of readSource(source)) yield* canonical(piece);
}
