import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from '../../test/support/ports.ts';
import { startSluice } from '../../test/support/sluice-process.ts';
import { createMessages } from './messages.ts';
import { createScreen, faint, type Screen } from './screen.ts';
import { showMessage } from './show-message.ts';
import { bindings, bundled, copySinks, swapSink } from './sinks.ts';

/**
 * One shot: starts Sluice in a scratch folder, sends four real messages through two sinks, replaces one of the sinks
 * while it runs, and reads every message back. Exits 0 only if everything it says was checked and true.
 */
const started = performance.now();
const screen = createScreen((text) => process.stdout.write(text));
const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
process.stdout.on('error', () => {}); // `npm run demo | head`: whoever reads has seen enough
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}
try {
  await play(screen, folder);
} catch (cause) {
  screen.check('the demo runs to its end', false, cause instanceof Error ? cause.message : String(cause));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = conclude(screen);

async function play(show: Screen, scratch: string): Promise<void> {
  show.title('Sluice: four messages, two sinks, one of them replaced while mail flows');
  const sinks = await copySinks(join(scratch, 'sinks'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const begun = performance.now();
  await using sluice = await startSluice({ folder: scratch, smtp, pop3, sinks: [bundled, sinks], bindings });
  await sluice.ready();
  show.line(
    `   SMTP on 127.0.0.1:${smtp}, POP3 on 127.0.0.1:${pop3}, up in ${Math.round(performance.now() - begun)} ms`,
  );
  show.line(`   sinks on every message from @example.test: ${bindings.map(({ sink }) => sink).join(', then ')}`);

  show.line(faint('   below, + is what the way through Sluice added, - what it replaced, ⋮ what stayed as it was'));

  const { plain, html, flowed, signed } = await createMessages();
  await showMessage({ show, sluice, message: plain, stamp: 'first' });
  await showMessage({ show, sluice, message: html, stamp: 'first' });
  await swapSink({ show, sluice, file: join(sinks, 'stamp', 'sink.ts') });
  await showMessage({ show, sluice, message: flowed, stamp: 'second' });
  await showMessage({ show, sluice, message: signed, stamp: null });

  show.title('The end');
  const code = await sluice.stop();
  show.check('asked to stop, Sluice stops', code === 0, `exit code ${code}`);
}

/** @returns the exit code */
function conclude(show: Screen): number {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (show.broken.length === 0) {
    show.line(`\n${show.checked} claims, all checked and true, in ${seconds} s. ${faint('Nothing was left behind.')}`);
    return 0;
  }
  show.title(`${show.broken.length} of ${show.checked} claims did not hold:`);
  for (const claim of show.broken) show.line(`   ${claim}`);
  return 1;
}
