import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { countMessages } from '../support/admin.ts';
import { findFreePorts } from '../support/ports.ts';
import { descendantsOf } from '../support/processes.ts';
import { startSluice, type SluiceOptions } from '../support/sluice-process.ts';

/** What the server under test has beyond the bare minimum. */
export type Setup = {
  /** STARTTLS with a fresh self-signed certificate. */
  readonly tls?: boolean;
  /** Merged into the SMTP virtual server, and into the whole configuration. */
  readonly server?: object;
  readonly more?: object;
  /** The bundled disclaimer on onArrival. */
  readonly disclaimer?: boolean;
  /** Sinks that do nothing, one for each. */
  readonly noOps?: readonly { readonly name: string; readonly handler: string }[];
};

export type Server = {
  readonly port: number;
  readonly data: string;
  /** CPU its processes have used so far, in milliseconds. */
  cpu(): number;
  /** Waits until the mailbox of alice holds so many messages. @throws Error when nothing moves for 20 s */
  untilDelivered(count: number): Promise<void>;
};

const sinks = join(import.meta.dirname, '../../sinks');

/**
 * Runs Sluice on a fresh folder for one measurement, and removes everything afterwards.
 *
 * @param profile folder for a CPU profile of the process; the environment variable BENCH_PROFILE names it
 * @returns null when the setup is not possible here, which is said
 */
export async function withServer<T>(
  setup: Setup,
  say: (text: string) => void,
  measure: (server: Server) => Promise<T>,
): Promise<T | null> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    const tls = setup.tls ? createCertificate(folder) : {};
    if (tls === null) {
      say('skipped: openssl is needed to make a certificate');
      return null;
    }
    const [smtp = 0, pop3 = 0] = await findFreePorts(2);
    await using sluice = await startSluice({ folder, smtp, pop3, ...(await optionsOf(setup, tls, folder)) });
    await sluice.ready();
    const data = join(folder, 'data');
    const root = sluice.process.pid ?? 0;
    const server = {
      port: smtp,
      data,
      cpu: () => cpuOf(root),
      untilDelivered: (count: number) => untilDelivered(data, count),
    };
    return await measure(server).catch((cause: unknown) => {
      throw new Error(`the measurement failed; Sluice said:\n${sluice.output()}`, { cause });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function optionsOf(
  { disclaimer, noOps = [], server = {}, more = { telemetry: { level: 'warn' } } }: Setup,
  tls: object,
  folder: string,
): Promise<Partial<SluiceOptions>> {
  const profile = process.env['BENCH_PROFILE'];
  const mine = join(folder, 'sinks');
  for (const { name, handler } of noOps) {
    await mkdir(join(mine, name), { recursive: true });
    await writeFile(join(mine, name, 'sink.ts'), noOpSource(name, handler));
  }
  await mkdir(mine, { recursive: true });
  return {
    sinks: [sinks, mine],
    bindings: [
      ...(disclaimer ? [disclaimerBinding] : []),
      ...noOps.map(({ name }, at) => ({ sink: name, priority: 1_000 + at })),
    ],
    server: { limits: { connections: 1_000, connectionsPerAddress: 1_000 }, ...tls, ...server },
    flags: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    more,
  };
}

const disclaimerBinding = {
  sink: 'disclaimer',
  grants: ['message'],
  settings: {
    text: '{{sender.name}} sent this through example.test. It speaks for nobody else.',
    html: '<p><i>{{sender.name}}</i> sent this through example.test. It speaks for nobody else.</p>',
  },
};

const noOpSource = (name: string, handler: string): string => `import { defineSink, next } from '@sluice/sdk';

export default defineSink({
  name: '${name}',
  version: '1.0.0',
  description: 'Does nothing, for benchmarks.',
  role: 'observes',
  ${handler}: () => next(),
});
`;

/** ECDSA P-256: what a new certificate has these days, and cheap to sign with. @returns null without openssl */
function createCertificate(folder: string): object | null {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const subject = ['-subj', '/CN=mail.example.test', '-keyout', key, '-out', certificate];
  const made = spawnSync('openssl', ['req', '-x509', ...curve, ...subject]);
  return made.status === 0 ? { tls: { certificate, key } } : null;
}

/** Of a process and all it started, from /proc; a tick is 10 ms there. @returns 0 where there is no /proc */
function cpuOf(root: number): number {
  const ticks = [root, ...descendantsOf(root)].map((pid) => {
    try {
      // Behind the name in parentheses: utime and stime are the 12th and 13th fields.
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    } catch {
      return 0;
    }
  });
  return ticks.reduce((sum, one) => sum + one, 0) * 10;
}

async function untilDelivered(data: string, count: number): Promise<void> {
  let last = { count: -1, at: performance.now() };
  for (;;) {
    const now = await countMessages(data, 'alice@example.test');
    if (now >= count) return;
    if (now !== last.count) last = { count: now, at: performance.now() };
    if (performance.now() - last.at > 20_000) throw new Error(`only ${now} of ${count} messages were delivered`);
    await wait(40);
  }
}
