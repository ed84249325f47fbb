import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Record data as it stands in an answer, in octets; and its type. */
type Record = { readonly type: number; readonly data: Buffer };
/** What may stand for a name instead of records, and the RCODE it is answered with (RFC 1035 §4.1.1). */
const failures = { broken: 2, missing: 3, refused: 5 } as const;
/** A function is asked each time; null is no answer at all. A name that is not in the zone is `missing`. */
export type Zone = {
  readonly [name: string]: readonly Record[] | keyof typeof failures | null | (() => readonly Record[]);
};

/** None for the root, `.`. */
const labelsOf = (name: string): readonly string[] => name.split('.').filter((label) => label !== '');
const nameOctets = (name: string): Buffer =>
  Buffer.concat([
    ...labelsOf(name).map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
export const a = (address: string): Record => ({ type: 1, data: Buffer.from(address.split('.').map(Number)) });
export const aaaa = (hex: string): Record => ({ type: 28, data: Buffer.from(hex, 'hex') });
export const mx = (priority: number, exchange: string): Record => ({
  type: 15,
  data: Buffer.concat([Buffer.from([0, priority]), nameOctets(exchange)]),
});
export const txt = (...strings: readonly string[]): Record => ({
  type: 16,
  data: Buffer.concat(strings.map((text) => Buffer.from([text.length, ...Buffer.from(text)]))),
});
export const ptr = (name: string): Record => ({ type: 12, data: nameOctets(name) });

/** A name server on loopback, UDP (RFC 1035 §4.1); notes what it was asked. */
export async function startNameServer(
  zone: Zone,
): Promise<AsyncDisposable & { readonly address: string; readonly asked: readonly string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, from) => {
    const { name, type, end } = readQuestion(question);
    asked.push(`${name} ${type}`);
    const found = zone[name] ?? 'missing';
    if (found === null || zone[name] === null) return;
    const records = typeof found === 'function' ? found() : found;
    const code = typeof records === 'string' ? failures[records] : 0;
    const answers = typeof records === 'string' ? [] : records.filter((record) => record.type === type);
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, question.subarray(12, end), ...answers.map(answerOf)]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(question: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = question[at] ?? 0; size > 0; size = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.').toLowerCase(), type: question.readUInt16BE(at + 1), end: at + 5 };
}

/** The name is that of the question, by pointer; it may be kept for no time. */
function answerOf({ type, data }: Record): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
