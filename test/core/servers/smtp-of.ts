import { createSmtpServer, type SmtpOptions, type SmtpServices } from '../../../core/protocols/smtp/smtp.ts';
import { createGeneration } from '../../../core/events/generation.ts';
import type { CurrentTls, ProtocolServer } from '../../../core/servers/protocol-server.ts';
import type { Log } from '../../../core/telemetry/telemetry.ts';

/** SMTP for tests of what is around it: it greets and takes commands; mail is not what these tests are about. */
export type SmtpHouse = {
  readonly log: Log;
  createProtocol(id: string): (options: SmtpOptions, tls: CurrentTls) => ProtocolServer<SmtpOptions>;
};

export function smtpOf(): SmtpHouse {
  const log: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const generation = createGeneration(1, [], () => undefined);
  let ids = 0;
  const services: SmtpServices = {
    dispatcher: { ask: unused, tell: unused },
    generation: () => generation,
    queue: { accept: unused },
    directory: { resolve: unused, isLocalDomain: () => false },
    auth: { verify: unused, scramKeys: unused, settle: unused, verifyToken: unused },
    content: { spool: unused, read: unused, write: unused, discard: unused },
    openEditable: unused,
    log,
    record() {},
    now: Date.now,
    randomId: () => `id${++ids}`,
  };
  return { log, createProtocol: (id) => (options, tls) => createSmtpServer(id, options, tls, services) };
}

function unused(): never {
  throw new Error('no mail in these tests');
}
