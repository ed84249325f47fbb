import { cpus, loadavg, totalmem } from 'node:os';
import { benchDisclaimer } from './disclaimer.ts';
import { benchLoad } from './load-ceiling.ts';
import { benchMessage } from './message.ts';
import { benchRelay } from './relay.ts';
import { tableOf, type Result } from './result.ts';
import { benchSandbox } from './sandbox.ts';
import { benchSink } from './sink.ts';
import { benchSmime } from './smime.ts';
import { benchSmtp } from './smtp.ts';

type Say = (text: string) => void;
type Wants = (name: string) => boolean;

/** What can be measured; each area takes what it needs, and leaves nothing behind. */
const areas: Readonly<Record<string, (say: Say, wants: Wants) => Promise<readonly Result[]>>> = {
  smtp: benchSmtp,
  sink: benchSink,
  sandbox: benchSandbox,
  message: benchMessage,
  load: benchLoad,
  smime: benchSmime,
  relay: benchRelay,
  disclaimer: benchDisclaimer,
};
const usual = ['smtp', 'sink', 'message', 'smime', 'disclaimer'];

const asked = process.argv.slice(2).filter((argument) => argument !== '--json');
const areaOf = (name: string): string =>
  name.startsWith('loop.') ? 'smtp' : name.startsWith('queue.') ? 'relay' : (name.split('.')[0] ?? '');
const unknown = asked.filter((name) => !Object.hasOwn(areas, areaOf(name)));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown: ${unknown.join(' ')}\nusage: npm run bench -- [${Object.keys(areas).join('|')}|figure…] [--json]\n`,
  );
  process.exit(2);
}

const wanted = asked.length > 0 ? asked : usual;
const wants: Wants = (name) => wanted.some((one) => one === areaOf(name) || name.startsWith(one));
const say: Say = (text) => process.stderr.write(`${text}\n`);
const busy = loadavg()[0] ?? 0;
const results: Result[] = [];
for (const area of new Set(wanted.map(areaOf))) results.push(...((await areas[area]?.(say, wants)) ?? []));

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const warning =
  busy > 0.5 ? `\nThe machine was busy already (load ${busy.toFixed(1)}): these figures are too low.` : '';
process.stdout.write(`\nNode ${process.versions.node}, ${machine}${warning}\n\n${tableOf(results)}\n`);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ results })}\n`);
