import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openAdminClient } from '../admin/admin.ts';
import { formatProblem, readConfig } from '../config/config.ts';
import { startPlatform } from '../platform.ts';
import { bannerOf, type Password } from '../platform/banner.ts';
import { showPath } from '../sandbox/problem.ts';
import { followLog } from './follow-log.ts';
import { standInGrants } from './stand-in-grants.ts';
import type { DevOptions } from './workbench.ts';

/**
 * Runs a server for one sink until ctrl-c: a save is live at once, its log, its answers and its mistakes are shown as
 * they happen. Mail and state are in a scratch folder, which goes with it.
 *
 * @returns the exit code
 */
export async function runDev({ folder, binding, smtp, pop3, say: print }: DevOptions): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-dev-'));
  const end = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  try {
    const file = join(scratch, 'sluice.yaml');
    const name = basename(folder);
    // Alone in a folder: the mistakes of its neighbours are not what is worked on.
    const link = join(scratch, 'sinks', name);
    await mkdir(join(scratch, 'sinks'));
    await symlink(folder, link, 'junction');
    const say = (text: string): void => print(text.replaceAll(link, showPath(folder)));
    const bound = { sink: name, grants: standInGrants(), ...binding };
    await writeFile(file, JSON.stringify(configOf(scratch, { bound, smtp, pop3 }), null, 2));
    const read = () => readConfig(file);
    const first = await read();
    if (first.kind === 'problems') return refuse(say, first.problems.map(formatProblem));
    say(`building ${name} …`);
    const passwords: Password[] = [];
    const onPassword = (user: string, password: string): void => void passwords.push({ user, password });
    const started = await startPlatform({ file, first, read, onPassword });
    if (started.kind === 'problems') return refuse(say, started.problems);
    await using platform = started.platform;
    const banner = bannerOf({ passwords, platform, file }).trimEnd();
    say(banner.replace('sluice mailbox', `sluice --data ${first.config.data} mailbox`));
    say(`Save ${showPath(join(folder, 'sink.ts'))}: it is live at once. Ctrl-c ends this, and its mail is gone.\n`);
    using _ = await followLog({ log: join(scratch, 'log'), client: openAdminClient(first.config.data), say });
    await Promise.race([end, platform.broken]);
    return 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Dev = Pick<DevOptions, 'smtp' | 'pop3'> & { readonly bound: object };

/** JSON is YAML. */
function configOf(scratch: string, { bound, smtp, pop3 }: Dev): object {
  return {
    data: join(scratch, 'data'),
    sinks: [join(scratch, 'sinks')],
    telemetry: { level: 'info', file: join(scratch, 'log') },
    domains: [{ name: 'example.test', users: ['alice', 'bob'] }],
    virtualServers: [
      { id: 'mx', protocol: 'smtp', listen: [`127.0.0.1:${smtp}`], hostname: 'mail.example.test', bindings: [bound] },
      { id: 'pop', protocol: 'pop3', listen: [`127.0.0.1:${pop3}`] },
    ],
  };
}

function refuse(say: (text: string) => void, problems: readonly string[]): number {
  say(problems.join('\n'));
  return 1;
}
