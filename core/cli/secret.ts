import { stat, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Refusal } from './verb.ts';

/** A password is never longer; a file given by mistake is. */
const longest = 4_096;

/** Reads a password from a file, without its line end. @throws Refusal */
export async function readSecretFile(path: string): Promise<string> {
  const status = await stat(path).catch(() => null);
  if (!status?.isFile() || status.size > longest) throw new Refusal(`${path} is no file with a password.`);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Refusal(`${path} cannot be read.`);
  });
  return text.replace(/\r?\n$/, '');
}

/** Asks a person, without showing what is typed. @returns null where nobody is there to ask */
export async function askSecret(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  process.stderr.write(question);
  const dark = new Writable({ write: (_chunk, _encoding, done) => done() });
  using lines = createInterface({ input: process.stdin, output: dark, terminal: true });
  const answer = await lines.question('');
  process.stderr.write('\n');
  return answer;
}
