import { open } from 'node:fs/promises';
import type { AdminClient } from '../admin/client.ts';
import { formatDetail } from '../cli/detail.ts';
import type { TraceEntry } from '../telemetry/telemetry.ts';

export type FollowParts = {
  /** The log file of the server. */
  readonly log: string;
  readonly client: AdminClient;
  readonly say: (text: string) => void;
};

/** How often is looked, in milliseconds: a person does not see the difference. */
const pace = 150;

/** Shows what a server writes to its log, and what its sinks are asked and answer, as it happens. */
export async function followLog({ log, client, say }: FollowParts): Promise<Disposable> {
  const file = await open(log, 'r');
  const newest = await client.ask('recent', { after: -1 });
  let after = newest.kind === 'answer' ? newest.value.next : 0;
  let at = 0;
  let rest = '';
  const look = async (): Promise<void> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, at);
    at += bytesRead;
    const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map(shownLine)) if (line !== null) say(line);
    const answer = await client.ask('recent', { after });
    if (answer.kind !== 'answer') return;
    after = answer.value.next;
    for (const entry of answer.value.entries) if (entry.sink !== null && entry.kind === 'event') say(shownEntry(entry));
  };
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    // It stops with the server: then there is nothing to look at.
    void look()
      .catch(() => undefined)
      .finally(() => (isLooking = false));
  }, pace);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      void file.close();
    },
  };
}

/** One line of the log; a text of several lines keeps them: it is a mistake with its place. Null for what nobody asked. */
function shownLine(line: string): string | null {
  const entry = parse(line);
  if (entry === null) return null;
  const { level, time, msg, ...values } = entry;
  const isWarning = Number(level) >= 40;
  if (!isWarning && values['sink'] === undefined) return null;
  const more = Object.entries(values).filter(
    ([name]) => !['sink', 'binding', 'event', 'traceId', 'revision'].includes(name),
  );
  const said = more
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  return clean(`${String(time).slice(11, 19)} ${isWarning ? '!' : ' '} ${String(msg)}${said}`);
}

function shownEntry({ at, event, decision, detail, ms, traceId }: TraceEntry): string {
  const time = new Date(at).toISOString().slice(11, 19);
  const { text, isFault } = formatDetail(detail);
  const said = [isFault ? 'failed;' : '', decision ?? 'told', text].filter((part) => part !== '').join(' ');
  return clean(`${time} ${isFault ? '!' : ' '} ${event} → ${said} (${ms ?? '?'} ms, trace ${traceId})`);
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Control characters but line ends never reach the terminal. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what it is about
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '·');
}
