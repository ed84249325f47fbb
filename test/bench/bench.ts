import { cpus, totalmem } from 'node:os';
import { benchLoad } from './load-ceiling.ts';
import { tableOf, type Result } from './result.ts';
import { benchSink } from './sink.ts';
import { benchSmtp } from './smtp.ts';

/** What can be measured; each area takes what it needs, and leaves nothing behind. */
const areas: Readonly<Record<string, (say: (text: string) => void) => Promise<readonly Result[]>>> = {
  smtp: benchSmtp,
  sink: benchSink,
  load: benchLoad,
};
const usual = ['smtp', 'sink'];

const names = process.argv.slice(2).filter((argument) => argument !== '--json');
const unknown = names.filter((name) => !Object.hasOwn(areas, name));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown: ${unknown.join(' ')}\nusage: npm run bench -- [${Object.keys(areas).join('|')}…] [--json]\n`,
  );
  process.exit(2);
}

const results: Result[] = [];
for (const name of names.length > 0 ? names : usual) {
  results.push(...((await areas[name]?.((text) => process.stderr.write(`${text}\n`))) ?? []));
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
process.stdout.write(`\nNode ${process.versions.node}, ${machine}\n\n${tableOf(results)}\n`);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ results })}\n`);
