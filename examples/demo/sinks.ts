import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:net';
import { openSocket, readLines } from '../../test/support/line-reader.ts';
import type { Sluice } from '../../test/support/sluice-process.ts';
import { faint, type Screen } from './screen.ts';

/** Both sinks on the demo's virtual server: the one that comes with Sluice, and a small one of its own. */
export const bindings = [
  {
    sink: 'disclaimer',
    priority: 100,
    rule: 'mail from=*@example.test',
    grants: ['message'],
    settings: {
      text: '{{sender.name}} wrote this for herself, not for example.test.',
      html: '<p><i>{{sender.name}} wrote this for herself, not for example.test.</i></p>',
    },
  },
  { sink: 'stamp', priority: 200 },
] as const;

/** The sinks that come with Sluice: they find their libraries where they are. */
export const bundled = join(import.meta.dirname, '../../sinks');

/** Copies the demo's own sink where it may be edited. @returns the folder */
export async function copySinks(folder: string): Promise<string> {
  await cp(join(import.meta.dirname, 'sinks/stamp'), join(folder, 'stamp'), { recursive: true });
  return folder;
}

/** Milliseconds a new version may take before the demo says it does not come. */
const patience = 5_000;

/** Saves a new version of the sink, and asks over one open session until that version answers. */
export async function swapSink({ show, sluice, file }: { show: Screen; sluice: Sluice; file: string }): Promise<void> {
  show.title('A sink is replaced while Sluice runs');
  const session = await openSession(sluice.smtp);
  const before = await session.stamp();
  const source = await readFile(file, 'utf8');
  const edited = source.replace("const version = 'first';", "const version = 'second';");

  const saved = performance.now();
  await writeFile(file, edited);
  let after = await session.stamp();
  while (after !== 'X-STAMP second' && performance.now() - saved < patience) after = await session.stamp();
  const took = performance.now() - saved;

  show.line(faint(`   - const version = 'first';`));
  show.line(`   + const version = 'second';${faint('   saved in sinks/stamp/sink.ts')}`);
  show.check(
    `one SMTP session asked all along: EHLO answered "${before}", then "${after}"`,
    after === 'X-STAMP second',
  );
  show.check(`saved to live in ${took.toFixed(0)} ms, and nobody was disconnected`, took < patience, `${took} ms`);
  session.close();
}

/** An SMTP session that greets again and again. */
async function openSession(port: number) {
  const socket = await openSocket(() => connect(port, '127.0.0.1'));
  const reader = readLines(socket);
  await reader.line();
  return {
    /** @returns the EHLO line that says which version of the sink is at work; empty when there is none */
    async stamp(): Promise<string> {
      socket.write('EHLO demo.example.test\r\n');
      let stamp = '';
      for (;;) {
        const line = await reader.line();
        if (line.includes('X-STAMP')) stamp = line.slice(4);
        if (line[3] !== '-') return stamp;
      }
    },
    close: () => socket.destroy(),
  };
}
