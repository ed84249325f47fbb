import { Option, Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { findConfig, findData } from './places.ts';
import { printable, processTerminal, type Terminal } from './terminal.ts';
import { exitCodes, Refusal, type Verb } from './verb.ts';
import { check, type Inspect } from './verbs/check.ts';
import { importCertificates, listCertificates, removeCertificate } from './verbs/certificates.ts';
import { exportCertificates, importKeys, listKeys, removeKey, testKey, type ImportOptions } from './verbs/keys.ts';
import { listMailboxes, listMessages, printMessage } from './verbs/mailbox.ts';
import { listAliases, removeAlias, setAlias } from './verbs/alias.ts';
import { freezeDestination, listDestinations, retryDestination, thawDestination } from './verbs/destination.ts';
import { freezeMessage, listMissed, listQueue, releaseMessage, removeMessage, type QueueWords } from './verbs/queue.ts';
import { reload } from './verbs/reload.ts';
import { listSinks, turnOn } from './verbs/sink.ts';
import { devSink } from './verbs/sink-dev.ts';
import { printSinkInfo } from './verbs/sink-info.ts';
import { printSinkLogs } from './verbs/sink-logs.ts';
import { inspectSink, type InspectWords } from './verbs/sink-inspect.ts';
import { newSink } from './verbs/sink-new.ts';
import { replaySink, type ReplayWords } from './verbs/sink-replay.ts';
import { testSinks } from './verbs/sink-test.ts';
import { trySink, type TrySinkOptions } from './verbs/sink-try.ts';
import { start, type Run } from './verbs/start.ts';
import { printStatus } from './verbs/status.ts';
import { printTrace } from './verbs/trace.ts';
import { purgeTraces } from './verbs/trace-purge.ts';
import { workbench } from '../workshop/workbench.ts';

/** What the command line needs of the rest; `main.ts` supplies it. */
export type CliParts = {
  /** Shown by `--version`. */
  readonly version: string;
  readonly run: Run;
  readonly inspect: Inspect;
  readonly terminal?: Terminal;
  readonly now?: () => number;
};

const exitText = `
Exit codes:
  0  done
  1  a problem was found; it is printed
  2  the command line is wrong
  3  no Sluice runs on the data folder`;

/**
 * Runs one command. commander's one door.
 *
 * @param args without the runtime and the file: `['queue', 'ls']`
 * @returns the exit code; never throws
 */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  const terminal = parts.terminal ?? processTerminal();
  let exitCode: number = exitCodes.ok;
  const program = createProgram({ ...parts, terminal }, (code) => (exitCode = code));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    terminal.err(`${printable(text)}\n`);
    return thrown instanceof Refusal ? thrown.exitCode : exitCodes.problem;
  }
}

type Options = { readonly config?: string; readonly data?: string; readonly json?: true };
type Act<Args extends readonly unknown[]> = (verb: Verb, ...args: Args) => Promise<number>;
type Parts = CliParts & { readonly terminal: Terminal };

function createProgram(parts: Parts, end: (exitCode: number) => void): Command {
  const { terminal, run, inspect, version } = parts;
  const program = new Command('sluice')
    .description('An event-sink platform for mail.')
    .version(version, '--version')
    .option('--config <file>', 'configuration; default: ./sluice.yaml, else the one that comes with Sluice')
    .option('--data <folder>', "data folder; default: the configuration's")
    .option('--json', 'print JSON')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .addHelpText('afterAll', exitText)
    .showHelpAfterError('(--help says how)')
    .exitOverride();

  const options = (): Options => program.opts();
  const acts =
    <Args extends readonly unknown[]>(act: Act<Args>) =>
    async (...args: Args): Promise<void> => {
      const { json = false, data, config } = options();
      const now = parts.now ?? Date.now;
      end(await act({ terminal, json, data: await findData(data, config), now }, ...args));
    };

  program
    .command('start')
    .description('run Sluice until it is told to stop (SIGTERM, ctrl-c); SIGHUP reloads')
    .action(acts(() => start(options(), run)));
  program
    .command('check')
    .argument('[file]', 'configuration')
    .description('say everything that is wrong with a configuration, with line and column')
    .action(acts((verb, file?: string) => check(verb, findConfig(file ?? options().config), inspect)));
  program.command('status').description('what runs, and how it fares').action(acts(printStatus));
  program.command('reload').description('read configuration and sinks again').action(acts(reload));
  const trace = program
    .command('trace')
    .argument('<id>', 'from `sluice queue ls`, the log, or the reply to the message')
    .description('what happened to a message: events, sinks, decisions, edits, milliseconds')
    .action(acts(printTrace));
  trace
    .command('purge')
    .requiredOption('--address <address>', 'a full address')
    .description('remove every trace, and everything recorded, of mail that names an address; for good')
    .action(acts((verb, { address }: { address: string }) => purgeTraces(verb, address)));
  addGroups(program, acts);
  addSinkGroup(program, acts, terminal);
  addKeys(program, acts);
  return program;
}

function addGroups(
  program: Command,
  acts: <A extends readonly unknown[]>(act: Act<A>) => (...args: A) => Promise<void>,
): void {
  const queue = program.command('queue').description('mail that was accepted and is not delivered yet');
  const message = (): Argument => new Argument('<id>', 'from `sluice queue ls`').argParser(readNumber);
  queue
    .command('ls')
    .description('list it')
    .option('--from <text>', 'only mail whose reverse-path has this in it')
    .option('--to <text>', 'only mail to somebody with this in the address')
    .option('--destination <text>', 'only mail that waits for such a next hop')
    .addOption(new Option('--state <state>').choices(['accepted', 'arrived', 'quarantine', 'frozen', 'badmail']))
    .action(acts((verb, words: QueueWords) => listQueue(verb, words)));
  queue.command('freeze').addArgument(message()).description('hold a message').action(acts(freezeMessage));
  queue.command('release').addArgument(message()).description('let a held message go on').action(acts(releaseMessage));
  queue
    .command('rm')
    .addArgument(message())
    .option('--report', 'tell its sender')
    .description('remove a message; nobody is told')
    .action(acts((verb, id: number, options: { report?: boolean }) => removeMessage(verb, id, options)));

  queue
    .command('missed')
    .description('list mail that went on without the edits of a sink that failed')
    .action(acts(listMissed));

  const destination = program.command('destination').description('other hosts mail waits for');
  destination.command('ls').description('list them').action(acts(listDestinations));
  destination.command('freeze').addArgument(hop()).description('send nothing there').action(acts(freezeDestination));
  destination.command('thaw').addArgument(hop()).description('send again').action(acts(thawDestination));
  destination.command('retry').addArgument(hop()).description('try it now').action(acts(retryDestination));

  const alias = program.command('alias').description('addresses that stand for others');
  alias.command('ls').description('list those of the database').action(acts(listAliases));
  alias
    .command('set')
    .argument('<address>', 'in a domain of ours')
    .argument('<members...>', 'whole addresses')
    .description('let an address stand for others')
    .action(acts(setAlias));
  alias.command('rm').argument('<address>').description('remove one').action(acts(removeAlias));

  const mailbox = program.command('mailbox').description('mail that was delivered');
  mailbox
    .command('ls')
    .argument('[user]', 'full address; without it all mailboxes are listed')
    .description('list mailboxes, or the messages of one')
    .action(acts((verb, user?: string) => (user === undefined ? listMailboxes(verb) : listMessages(verb, user))));
  mailbox
    .command('cat')
    .argument('<user>', 'full address')
    .addArgument(new Argument('[uid]', 'from `sluice mailbox ls <user>`; without it the newest').argParser(readNumber))
    .description('print a message as it is stored')
    .action(acts((verb, user: string, uid?: number) => printMessage(verb, user, uid ?? null)));
}

/** What whoever writes sinks uses, and what whoever runs them does. */
function addSinkGroup(
  program: Command,
  acts: <A extends readonly unknown[]>(act: Act<A>) => (...args: A) => Promise<void>,
  terminal: Terminal,
): void {
  const config = (): { readonly config?: string } => program.opts();
  const sink = program.command('sink').description('sinks: write them, and see how they fare');
  sink.addHelpText('after', sinkExamples);
  sink
    .command('new')
    .argument('<name>', 'lower case letters, digits and -')
    .option('--template <name>', 'a sink of examples/ to start from', 'hello')
    .description('make a sink that builds and passes its test')
    .action(acts((verb, name: string, said: { template: string }) => newSink(verb, name, { ...config(), ...said })));
  sink
    .command('test')
    .argument('[name]', 'its name or folder; all sinks without it')
    .description("run a sink's tests")
    .action(acts((_, name?: string) => testSinks(name, config().config, workbench.test)));
  sink
    .command('try')
    .argument('<name>', 'its name or folder')
    .argument('<eml>', 'a message in a file')
    .option('--settings <file>', 'YAML or JSON; those of its binding when left out')
    .option('--event <event>', 'onArrival, onEndOfData …')
    .option('--output <file>', 'write the message as it would go on')
    .option('--render <file>', 'write a page that shows it before and after')
    .description('say what a sink would do to a message; no server, nothing is kept')
    .action(
      acts((verb, named: string, eml: string, said: TrySinkOptions) =>
        trySink(verb, { named, eml }, { ...config(), ...said }, workbench.tryOut),
      ),
    );
  addTrials(sink, acts, config, terminal);
  addRunningSinks(sink, acts);
}

/** What runs a sink on something: what was recorded, or mail that is sent to it. */
function addTrials(
  sink: Command,
  acts: <A extends readonly unknown[]>(act: Act<A>) => (...args: A) => Promise<void>,
  config: () => { readonly config?: string },
  terminal: Terminal,
): void {
  sink
    .command('inspect')
    .argument('<name>', 'its name or folder')
    .option('--eml <file>', 'a message in a file')
    .option('--event <event>', 'onArrival, onRcpt …')
    .option('--payload <file>', 'YAML or JSON: what the payload says otherwise than by default')
    .option('--settings <file>', 'YAML or JSON; those of its binding when left out')
    .option('--port <port>', 'of the inspector', readNumber, 9229)
    .description('debug your own sink in a plain Node, UNSANDBOXED: breakpoints, steps, values')
    .action(
      acts((_, named: string, said: InspectWords) => inspectSink(named, { ...config(), ...said }, workbench.inspect)),
    );
  sink
    .command('replay')
    .argument('<name>', 'its name or folder')
    .option('--trace <id>', 'what was recorded of this trace')
    .addOption(
      new Option('--last <count>', 'the last events recorded, at most 1000').argParser(readNumber).default(100),
    )
    .option('--settings <file>', 'YAML or JSON; those of its binding when left out')
    .option('--answers <file>', 'YAML or JSON: what host calls answer, by name (http.get: …)')
    .description('ask a sink as it is now what was recorded; list what it decides otherwise')
    .action(
      acts((verb, named: string, said: ReplayWords) =>
        replaySink(verb, named, { ...config(), ...said }, workbench.replay),
      ),
    );
  sink
    .command('dev')
    .argument('<name>', 'its name or folder')
    .option('--settings <file>', 'YAML or JSON; those of its binding when left out')
    .option('--smtp <port>', 'where to send it mail', readNumber, 2525)
    .option('--pop3 <port>', 'where to read what came', readNumber, 2110)
    .description('run a server for a sink: a save is live at once, what it does is shown as it happens')
    .action(
      acts((_, named: string, said: { settings?: string; smtp: number; pop3: number }) =>
        devSink(terminal, named, { ...config(), ...said }, workbench.dev),
      ),
    );
}

/** What needs a running Sluice. */
function addRunningSinks(
  sink: Command,
  acts: <A extends readonly unknown[]>(act: Act<A>) => (...args: A) => Promise<void>,
): void {
  sink.command('ls').description('list them, and bindings that are not asked as usual').action(acts(listSinks));
  sink
    .command('info')
    .argument('<name>', 'from `sluice sink ls`')
    .description('say everything of one: version, events, bindings, problems')
    .action(acts(printSinkInfo));
  sink
    .command('logs')
    .argument('<name>', 'from `sluice sink ls`')
    .option('-f, --follow', 'go on until ctrl-c')
    .description('print what a sink wrote to its log')
    .action(acts((verb, name: string, said: { follow?: boolean }) => printSinkLogs(verb, name, said)));
  sink
    .command('on')
    .argument('<binding>', 'from `sluice sink ls`: mx/disclaimer/default')
    .description('ask a binding again that was turned off, or rests, after it failed')
    .action(acts(turnOn));
}

const sinkExamples = `
Examples:
  sluice sink new greet --template hello      a new sink in sinks/greet
  sluice sink test greet                      its tests
  sluice sink dev greet                       a server with it; save the file and it is live
  sluice sink try greet mail.eml --render out.html`;

const keysText = `
All of these ask the running Sluice: it reads the files, and private keys stay in one thread of it. Passwords are
read from a file or asked for, never from the command line.`;

const keyArgument = (): Argument => new Argument('<id>', 'from `sluice keys ls`; six digits of it are enough');

function addKeys(
  program: Command,
  acts: <A extends readonly unknown[]>(act: Act<A>) => (...args: A) => Promise<void>,
): void {
  const keys = program.command('keys').description('keys and certificates of S/MIME').addHelpText('after', keysText);
  keys.command('ls').description('list the keys').action(acts(listKeys));
  keys
    .command('import')
    .argument('<file>', 'PKCS#12 or PEM, with the certificate')
    .option('--password-file <file>', 'password of the file; without it you are asked')
    .option('--for <address>', 'for one address of the certificate; default: all of them')
    .option('--gateway <name>', 'for a gateway of ours, from smime.gateways')
    .description('bring a key into the keystore')
    .action(acts((verb, file: string, options: ImportOptions) => importKeys(verb, file, options)));
  keys
    .command('export-cert')
    .addArgument(keyArgument())
    .description('print its certificates')
    .action(acts(exportCertificates));
  keys.command('rm').addArgument(keyArgument()).description('remove a key for good').action(acts(removeKey));
  keys.command('test').addArgument(keyArgument()).description('sign and decrypt with a key').action(acts(testKey));

  const certs = keys.command('certs').description('certificates of others, to encrypt to them');
  certs.command('ls').description('list them').action(acts(listCertificates));
  certs.command('import').argument('<file>', 'PEM or DER').description('keep them').action(acts(importCertificates));
  certs.command('rm').addArgument(keyArgument()).description('forget one').action(acts(removeCertificate));
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}

const hop = (): Argument => new Argument('<name>', 'from `sluice destination ls`');
