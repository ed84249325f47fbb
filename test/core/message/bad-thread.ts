import { serveDesk } from '../../../core/message/desk-thread.ts';

/** A thread in which some messages do what no message should be able to. */
serveDesk(({ octets }) => {
  const text = Buffer.from(octets).toString('latin1');
  if (text.includes('hang')) for (;;);
  if (text.includes('hoard')) hoard();
  if (text.includes('throw')) throw new RangeError('no');
  if (text.includes('exit')) process.exit(3);
  return text.length;
});

function hoard(): void {
  const all: unknown[] = [];
  for (;;) all.push(Array.from({ length: 1_000 }, () => ({})));
}
