import { once } from 'node:events';
import type { Socket } from 'node:net';
import { compare, readScript, type Step } from './script.ts';

/** The client of a dialogue. */
export type ScriptedClient = {
  /** @throws Error that says which line was expected, and everything said so far */
  play(script: string): Promise<void>;
  readonly transcript: string;
};

/** Milliseconds a line may take; only a dialogue that fails waits. */
const patience = 5_000;

export function createScriptedClient(socket: Socket): ScriptedClient {
  const next = readLines(socket);
  let said = '';
  const fail = (what: string): never => {
    throw new Error(`${what}\n--- so far\n${said}`);
  };
  const take = async (): Promise<string | null> => {
    const line = await next();
    said += line === null ? '' : `S: ${line}\n`;
    return line;
  };
  const obey = async (step: Step): Promise<void> => {
    if (step.kind === 'send') {
      said += step.text.replaceAll('\r\n', '\n').replaceAll(/^(?=.)/gm, 'C: ');
      socket.write(step.text);
    } else if (step.kind === 'closed') {
      if ((await take()) !== null || !socket.readableEnded) fail(`line ${step.number}: the server did not close`);
    } else {
      for (let compared = 'more'; compared !== 'same';) {
        const line = await take();
        compared = line === null ? 'none' : compare(line, step.text);
        if (compared === 'none' || compared === 'other') fail(`line ${step.number}: expected S: ${step.text}`);
      }
    }
  };
  return {
    get transcript() {
      return said;
    },
    async play(script) {
      for (const step of readScript(script)) await obey(step);
    },
  };
}

/** @returns a function that gives the next line; null when the server closed, or says nothing for too long */
function readLines(socket: Socket): () => Promise<string | null> {
  const lines: string[] = [];
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    const pieces = (rest + chunk.toString('utf8')).split('\r\n');
    rest = pieces.pop() ?? '';
    lines.push(...pieces);
  });
  return async () => {
    const signal = AbortSignal.timeout(patience);
    while (lines.length === 0 && !socket.readableEnded && !socket.destroyed) {
      const end = new AbortController();
      const either = { signal: AbortSignal.any([signal, end.signal]) };
      const events = ['data', 'end', 'close'].map((event) => once(socket, event, either));
      const isOn = await Promise.race(events).then(
        () => true,
        () => false,
      );
      end.abort();
      await Promise.allSettled(events);
      if (!isOn) return null;
    }
    return lines.shift() ?? null;
  };
}
