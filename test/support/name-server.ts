import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** What a name has; a name that is not in the zone does not exist. `broken`: SERVFAIL. */
export type Zone = Readonly<
  Record<
    string,
    { readonly mx?: readonly (readonly [number, string])[]; readonly a?: readonly string[]; readonly broken?: boolean }
  >
>;

/** A DNS server on loopback for one test: MX, A and AAAA, one question a packet (RFC 1035 §4). */
export async function openNameServer(
  zone: Zone,
): Promise<AsyncDisposable & { readonly address: string; readonly asked: readonly string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (packet, from) => {
    const { name, end } = readName(packet, 12);
    const type = packet.readUInt16BE(end);
    asked.push(`${name} ${type}`);
    socket.send(answer(packet, end + 4, zone[name.toLowerCase()], type), from.port, from.address);
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

function answer(packet: Buffer, end: number, entry: Zone[string] | undefined, type: number): Buffer {
  const records = entry ? recordsOf(entry, type) : [];
  const head = Buffer.from(packet.subarray(0, end));
  const code = entry?.broken ? 2 : entry ? 0 : 3;
  head.writeUInt16BE(0x8180 + code, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  const bodies = records.map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(1, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...bodies]);
}

function recordsOf({ mx = [], a = [] }: Zone[string], type: number): readonly Buffer[] {
  if (type === 15)
    return mx.map(([preference, host]) =>
      Buffer.concat([Buffer.from([preference >> 8, preference & 255]), nameOf(host)]),
    );
  if (type === 1) return a.filter((one) => isIPv4(one)).map((one) => Buffer.from(one.split('.').map(Number)));
  if (type === 28 && a.includes('::1')) return [Buffer.from([...Array.from({ length: 15 }, () => 0), 1])];
  return [];
}

function nameOf(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function readName(packet: Buffer, from: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = from;
  for (let size = packet[at] ?? 0; size > 0; size = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + size));
    at += size + 1;
  }
  return { name: labels.join('.'), end: at + 1 };
}
