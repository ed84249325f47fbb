import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * One system call as strace saw it. `entered` and `returned` are line numbers of the trace: a thread stands still
 * until strace has written down that its call returned, so "A returned before B entered" is the true order.
 */
export type Call = {
  readonly name: string;
  /** The path or socket behind the file descriptor (of an open: the one it gave); empty when there is none. */
  readonly on: string;
  /** The strings among the arguments: what was written, or the paths. */
  readonly strings: readonly Buffer[];
  /** The arguments without the strings. */
  readonly args: string;
  readonly result: number;
  readonly entered: number;
  readonly returned: number;
};

/** The calls that change files or talk to somebody. */
const traced = [
  'openat open creat lseek',
  'write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile copy_file_range',
  'truncate ftruncate fallocate fsync fdatasync sync_file_range syncfs sync',
  'rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat rmdir',
]
  .join(' ')
  .replaceAll(' ', ',');

/** The command that writes a trace of everything behind it, all octets of every write included. */
export const straceInto = (file: string): readonly string[] =>
  ['env UV_USE_IO_URING=0 strace -f --seccomp-bpf -qq -y -xx -s 16777216 -e signal=none -e', `trace=${traced} -o`]
    .join(' ')
    .split(' ')
    .concat(file);

/** Whether strace is installed and may trace here: a container can forbid it. */
export const hasStrace = (): boolean =>
  spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true']).status === 0;

/** Reads a trace: calls in the order in which they returned. Failed calls and those that never returned are left out. */
export async function readTrace(file: string): Promise<readonly Call[]> {
  const calls: Call[] = [];
  const open = new Map<string, { readonly text: string; readonly entered: number }>();
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    at += 1;
    const space = line.indexOf(' ');
    const pid = line.slice(0, space);
    const text = line.slice(space).trimStart();
    if (text.endsWith(unfinished)) {
      open.set(pid, { text: text.slice(0, -unfinished.length), entered: at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)?.[0];
    const begun = resumed === undefined ? { text: '', entered: at } : open.get(pid);
    const call = begun && parseCall(begun.text + text.slice(resumed?.length ?? 0), begun.entered, at);
    if (call) calls.push(call);
  }
  return calls;
}

const unfinished = ' <unfinished ...>';

/** With `-xx` every octet of a string is `\xNN`, so quotes and brackets only ever come from strace itself. */
function parseCall(text: string, entered: number, returned: number): Call | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(') ');
  const result = /= (-?\d+)(?:<([^>]*)>)?/.exec(text.slice(close + 1));
  if (open < 0 || close < open || !result || Number(result[1]) < 0) return null;
  const pieces = text.slice(open + 1, close).split('"');
  const args = pieces.filter((_, at) => at % 2 === 0).join('"');
  if (args.includes('"...')) throw new Error('the trace cut a string short: raise -s');
  return {
    name: text.slice(0, open),
    on: octetsOf(result[2] ?? /^\d+<([^>]*)>/.exec(args)?.[1] ?? '').toString('latin1'),
    strings: pieces.filter((_, at) => at % 2 === 1).map(octetsOf),
    args,
    result: Number(result[1]),
    entered,
    returned,
  };
}

const octetsOf = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
