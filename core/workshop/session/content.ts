import type { ContentStore } from '../../database/content.ts';

/** Content that is kept in memory whatever its size. */
export function createMemoryContent(): ContentStore {
  return {
    spool() {
      const chunks: Uint8Array[] = [];
      return {
        write: async (chunk) => void chunks.push(new Uint8Array(chunk)),
        finish: async () => ({ kind: 'inline', octets: Buffer.concat(chunks) }),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
    read: async (content) => (content.kind === 'inline' ? content.octets : new Uint8Array()),
    write: async (octets) => ({ kind: 'inline', octets }),
    discard: async () => undefined,
  };
}
