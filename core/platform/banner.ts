import { relative } from 'node:path';
import { localPartOf } from '../directory/options.ts';
import type { Platform } from '../platform.ts';
import type { ServerStatus } from './backend.ts';
import { version } from './version.ts';

export type Password = { readonly user: string; readonly password: string };

export type BannerParts = {
  readonly passwords: readonly Password[];
  /** Null: it did not start. */
  readonly platform: Platform | null;
  readonly file: string;
};

/** What a newcomer sees: where it listens, who is asked, new passwords, and a line to try it with. */
export function bannerOf({ passwords, platform, file }: BannerParts): string {
  const parts = platform === null ? [] : [headOf(platform, file), serversOf(platform)];
  if (platform?.config.domains.length === 0)
    parts.push('No domains are configured: all mail will be refused. Add some under domains:\n');
  if (passwords.length > 0) parts.push(passwordsOf(passwords));
  if (platform !== null) parts.push(trialOf(platform));
  return parts.length === 0 ? '' : `\n${parts.join('\n')}\n`;
}

function headOf({ config }: Platform, file: string): string {
  return `Sluice ${version} runs.  configuration ${shown(file)} · mail and state ${shown(config.data)}\n`;
}

function serversOf(platform: Platform): string {
  const rows = platform.servers().map((server) => {
    const asked = platform.bindings().filter(({ key }) => key.startsWith(`${server.id}/`));
    const sinks = asked.map(({ key, version: revision, events }) => {
      return `${key.slice(server.id.length + 1)} ${revision} (${events.join(' ')})`;
    });
    const place = `${server.protocol.toUpperCase().padEnd(5)} ${server.id.padEnd(8)} ${server.listen.join(' ').padEnd(16)}`;
    return `  ${place}  ${sinks.length === 0 ? 'no sinks' : `sinks: ${sinks.join(', ')}`}\n`;
  });
  const { hosts, spares } = platform.hosts();
  const spare = spares === 0 ? '' : `, ${spares} more warm`;
  return `${rows.join('')}  sinks run in isolates in ${hosts} sandbox host process${hosts === 1 ? '' : 'es'}${spare}\n`;
}

function passwordsOf(passwords: readonly Password[]): string {
  const width = Math.max(...passwords.map(({ user }) => user.length));
  const rows = passwords.map(({ user, password }) => `  ${user.padEnd(width)}  ${password}\n`);
  return `New users. Their passwords are shown this once and kept as hashes:\n${rows.join('')}`;
}

/** One line to paste that sends a message, and one that shows what became of it. */
function trialOf(platform: Platform): string {
  const smtp = platform.servers().find(isSmtp);
  const [first, second = first] = platform.config.domains.flatMap(({ name, users }) =>
    users.map((user) => `${localPartOf(user)}@${name}`),
  );
  const where = smtp?.listen.find((address) => !address.startsWith('tls://'));
  if (where === undefined || first === undefined || second === undefined) return '';
  const message = `From: ${first}\\r\\nTo: ${second}\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n`;
  const send = `printf '${message}' | curl -sS smtp://${where} --mail-from ${first} --mail-rcpt ${second} -T -`;
  return `Send a message:\n  ${send}\nRead it:\n  npx sluice mailbox cat ${second}\n`;
}

const isSmtp = ({ protocol }: ServerStatus): boolean => protocol === 'smtp';

function shown(path: string): string {
  const near = relative('', path);
  return near.startsWith('..') ? path : `./${near}`;
}
