/** Every way the platform itself can fail. What a client is told is a Reply, not an error. */
const faults = {
  'config.invalid': { temporary: false, about: 'The configuration is not valid; the running one stays.' },
  'config.unreadable': { temporary: false, about: 'The configuration file cannot be read.' },
  'data.locked': { temporary: false, about: 'Another Sluice uses this data folder.' },
  'server.listen': { temporary: false, about: 'A virtual server cannot listen on its address.' },
  'server.tls': { temporary: false, about: 'The certificate or key of a virtual server cannot be used.' },
  'server.state': { temporary: false, about: 'The virtual server cannot do that in the state it is in.' },
  'sandbox.load': { temporary: false, about: 'The sink cannot be loaded.' },
  'sandbox.threw': { temporary: true, about: 'The sink threw an error.' },
  'sandbox.deadline': { temporary: true, about: 'The sink took longer than the event allows.' },
  'sandbox.cpu': { temporary: true, about: 'The sink used more CPU than the event allows.' },
  'sandbox.memory': { temporary: true, about: 'The isolate reached its memory limit and was disposed of.' },
  'sandbox.killed': { temporary: true, about: 'The sandbox host had to be killed while it ran this sink.' },
  'sandbox.limit': { temporary: true, about: 'The sink went over one of its limits.' },
  'sandbox.answer': { temporary: false, about: 'The sink returned something the event does not allow.' },
  'sandbox.breaker': { temporary: true, about: 'The sink failed too often and is not asked for now.' },
  'sandbox.busy': { temporary: true, about: 'Too many calls are under way.' },
  'sandbox.stopped': { temporary: true, about: 'The sandbox is not running.' },
  'sink.unknown': { temporary: true, about: 'The sink is not loaded.' },
  'database.unavailable': { temporary: true, about: 'The database did not answer.' },
  'database.full': { temporary: true, about: 'The disk is full.' },
  'database.corrupt': { temporary: true, about: 'The database or a content file is not what this version wrote.' },
  'data.newer': { temporary: false, about: 'The data folder was written by a newer Sluice.' },
  'queue.fence': { temporary: true, about: 'Somebody else has taken over this message; nothing was changed.' },
  'store.missing': { temporary: true, about: 'The message is no longer in the mailbox.' },
  'message.unread': { temporary: true, about: 'The message took too long or too much memory to read.' },
  'message.unsealed': { temporary: true, about: 'The protection of an edited message could not be put back.' },
  'auth.busy': { temporary: true, about: 'Too many passwords are being checked.' },
  'keys.unavailable': { temporary: true, about: 'The thread with the private keys does not answer.' },
  'keys.refused': { temporary: false, about: 'A private key cannot do what was asked of it.' },
  'relay.connect': { temporary: true, about: 'The next host takes no connection.' },
  'relay.tls': { temporary: true, about: 'TLS with the next host did not come about.' },
  'relay.timeout': { temporary: true, about: 'The next host did not answer in time.' },
  'relay.lost': { temporary: true, about: 'The connection to the next host was lost.' },
  'relay.protocol': { temporary: true, about: 'What the next host answers is no SMTP.' },
  'admin.unreachable': { temporary: true, about: 'No Sluice runs on this data folder.' },
  'internal.bug': { temporary: true, about: 'An error nobody foresaw; the cause tells more.' },
} as const satisfies Record<string, { readonly temporary: boolean; readonly about: string }>;

export type FaultCode = keyof typeof faults;

/** For a code that crossed a thread or a process. */
export const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(faults, code);

/** A failure of the platform. Its message and context are for the log, never for a client. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly context: Readonly<Record<string, string | number>>;

  constructor(code: FaultCode, context: Fault['context'] = {}, cause?: unknown) {
    super(`${code}: ${faults[code].about}`, { cause });
    this.code = code;
    this.context = context;
  }

  /** Whether the same request may succeed later: the difference between 4yz and 5yz. */
  get temporary(): boolean {
    return faults[this.code].temporary;
  }
}

/** Anything that was thrown, as a Fault. Called once, where a request enters the platform. */
export function asFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('internal.bug', {}, thrown);
}
