import { open } from 'node:fs/promises';
import { pieceSize, type OctetSource } from './cms/octet-source.ts';

/** A file as a source: read into one buffer over and over, so that memory does not grow with the file. */
export function fileSource(path: string): OctetSource {
  return async function* read() {
    await using file = await open(path);
    const buffer = Buffer.allocUnsafeSlow(pieceSize);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, pieceSize);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  };
}
