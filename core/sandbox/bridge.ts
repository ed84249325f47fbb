import { readSync, writeSync } from 'node:fs';

/**
 * What travels between the core and a sandbox host, both ways: nine octets of header (length of the body, kind,
 * number) and a body. Both ends refuse a kind that cannot come from the other side and a body above the bound.
 */
const kinds = { open: 1, describe: 2, run: 3, close: 4, octets: 5, free: 6, ready: 16, done: 17 } as const;

export type FrameKind = keyof typeof kinds;
/** `number`: of the request for open, describe, run and done; of the isolate for close; of the message for octets and free. */
export type Frame = { readonly kind: FrameKind; readonly number: number; readonly body: Buffer };
/** Which end reads: the core hears `ready` and `done`, a host everything else. */
export type Reader = 'core' | 'host';

const headerSize = 9;
const bounds: Record<Reader, number> = { core: 32 * 1024 * 1024, host: 256 * 1024 * 1024 };
const nameOf = new Map<number, FrameKind>();
for (const [name, code] of Object.entries(kinds)) if (isKind(name)) nameOf.set(code, name);

function isKind(name: string): name is FrameKind {
  return Object.hasOwn(kinds, name);
}

/** The header of a frame whose body has `length` octets. */
export function encodeHeader(kind: FrameKind, number: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerSize);
  header.writeUInt32BE(length, 0);
  header.writeUInt8(kinds[kind], 4);
  header.writeUInt32BE(number, 5);
  return header;
}

type Header = Pick<Frame, 'kind' | 'number'> & { readonly length: number };

/** @throws RangeError when the other side breaks the protocol: there is nothing to do but to end it */
function decodeHeader(octets: Buffer, reader: Reader): Header {
  const length = octets.readUInt32BE(0);
  const code = octets.readUInt8(4);
  const kind = nameOf.get(code);
  const toCore = kind === 'ready' || kind === 'done';
  if (!kind || toCore !== (reader === 'core')) throw new RangeError(`no frame of kind ${code} is expected here`);
  if (length > bounds[reader]) throw new RangeError(`a ${kind} frame of ${length} octets is over the bound`);
  return { kind, number: octets.readUInt32BE(5), length };
}

/**
 * Cuts a stream into frames; a body is a view into the chunk wherever that is possible.
 *
 * @returns a function that takes the next chunk, calls `onFrame` for each complete frame, and throws RangeError when
 * the other side breaks the protocol
 */
export function createDecoder(reader: Reader, onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let size = 0;
  let wanted = headerSize;

  return (chunk) => {
    held.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    let octets = held.length === 1 ? chunk : Buffer.concat(held);
    for (;;) {
      const header = octets.length < headerSize ? null : decodeHeader(octets, reader);
      wanted = headerSize + (header?.length ?? 0);
      if (!header || octets.length < wanted) break;
      onFrame({ kind: header.kind, number: header.number, body: octets.subarray(headerSize, wanted) });
      octets = octets.subarray(wanted);
    }
    held = octets.length === 0 ? [] : [octets];
    size = octets.length;
  };
}

/**
 * Waits, blocking the thread, for the next frame on a file descriptor.
 *
 * @returns null at the end of the stream
 * @throws RangeError when the other side breaks the protocol
 */
export function readFrame(fd: number, reader: Reader): Frame | null {
  const start = readExactly(fd, headerSize);
  if (!start) return null;
  const { kind, number, length } = decodeHeader(start, reader);
  const body = readExactly(fd, length);
  return body && { kind, number, body };
}

function readExactly(fd: number, size: number): Buffer | null {
  const octets = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size;) {
    const read = readSync(fd, octets, at, size - at, null);
    if (read === 0) return null;
    at += read;
  }
  return octets;
}

/** Writes a frame and returns when the kernel has all of it. @throws when nobody reads any more (EPIPE) */
export function writeFrame(fd: number, kind: FrameKind, number: number, body: Buffer): void {
  const octets = Buffer.concat([encodeHeader(kind, number, body.length), body]);
  for (let at = 0; at < octets.length;) at += writeSync(fd, octets, at);
}

/** How a request ended inside the host; `unbuilt`: there was no isolate to run in, and none could be built. */
const statuses = ['ok', 'timeout', 'memory', 'outbox', 'failed', 'unbuilt'] as const;
export type Status = (typeof statuses)[number];
/** `cpu`: microseconds the isolate used; `text`: the outbox, the answer, or why it failed. */
export type Done = { readonly status: Status; readonly cpu: number; readonly text: string };

export function encodeDone({ status, cpu, text }: Done): Buffer {
  const body = Buffer.allocUnsafe(5 + Buffer.byteLength(text));
  body.writeUInt8(statuses.indexOf(status), 0);
  body.writeUInt32BE(Math.min(cpu, 0xffffffff), 1);
  body.write(text, 5);
  return body;
}

/** @throws RangeError when it is none */
export function decodeDone(body: Buffer): Done {
  const status = statuses[body.readUInt8(0)];
  if (!status) throw new RangeError(`no such status: ${body.readUInt8(0)}`);
  return { status, cpu: body.readUInt32BE(1), text: body.toString('utf8', 5) };
}

/** A batch for one isolate; `slice`: milliseconds the pump may take. */
export type Run = { readonly tenant: number; readonly slice: number; readonly text: string };

export function encodeRun({ tenant, slice, text }: Run): Buffer {
  const body = Buffer.allocUnsafe(8 + Buffer.byteLength(text));
  body.writeUInt32BE(tenant, 0);
  body.writeUInt32BE(slice, 4);
  body.write(text, 8);
  return body;
}

/** @throws RangeError when it is none */
export function decodeRun(body: Buffer): Run {
  return { tenant: body.readUInt32BE(0), slice: body.readUInt32BE(4), text: body.toString('utf8', 8) };
}
