import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ScanAnswer } from '../../../sdk/capabilities/scan.ts';

export type ClamdQuestion = {
  /** `host:port`, or the path of a Unix socket. */
  readonly where: string;
  readonly octets: Uint8Array;
  readonly signal: AbortSignal;
};

const chunk = 64 * 1024;
/** Characters of an answer: a line with the name of what was found. */
const longestAnswer = 1024;

/**
 * Asks clamd with INSTREAM: chunks, each with its length in four octets, and an empty one at the end.
 *
 * @source clamd(8), "INSTREAM"
 */
export function askClamd({ where, octets, signal }: ClamdQuestion): Promise<ScanAnswer> {
  return new Promise((resolve) => {
    const socket = open(where);
    let answer = '';
    const end = (known: ScanAnswer): void => {
      signal.removeEventListener('abort', late);
      socket.destroy();
      resolve(known);
    };
    const late = (): void => end({ kind: 'failed', reason: 'timeout' });
    if (signal.aborted) return late();
    signal.addEventListener('abort', late);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.includes('\0') || answer.length > longestAnswer) end(verdictOf(answer));
    });
    // It may say why it does not want the rest, and close: what it said counts more than the broken pipe.
    socket.on('error', () => end(answer === '' ? { kind: 'failed', reason: 'unreachable' } : verdictOf(answer)));
    socket.on('close', () => end(answer === '' ? { kind: 'failed', reason: 'unreachable' } : verdictOf(answer)));
    Readable.from(framesOf(octets)).pipe(socket, { end: false });
    return undefined;
  });
}

function open(where: string): Socket {
  if (where.startsWith('/')) return connect(where);
  const colon = where.lastIndexOf(':');
  return connect(Number(where.slice(colon + 1)), where.slice(0, colon).replace(/^\[|\]$/g, ''));
}

function* framesOf(octets: Uint8Array): Generator<Buffer> {
  yield Buffer.from('zINSTREAM\0');
  for (let at = 0; at < octets.length; at += chunk) {
    const piece = octets.subarray(at, at + chunk);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    yield length;
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  }
  yield Buffer.alloc(4);
}

/** `stream: OK`, `stream: Eicar-Signature FOUND`; everything else is no verdict (`INSTREAM size limit exceeded. ERROR`). */
function verdictOf(answer: string): ScanAnswer {
  const [line = ''] = answer.split('\0');
  if (line === 'stream: OK') return { kind: 'clean' };
  const name = /^stream: ([!-~ ]{1,200}) FOUND$/.exec(line)?.[1];
  if (name !== undefined) return { kind: 'infected', name };
  return { kind: 'failed', reason: line.includes('size limit') ? 'too-large' : 'scanner' };
}
