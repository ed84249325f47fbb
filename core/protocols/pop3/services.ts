import type { CurrentTls, Services } from '../../servers/protocol-server.ts';
import type { Pop3Options } from './options.ts';

/** What the POP3 server uses of the platform. */
export type Pop3Services = Pick<
  Services,
  'dispatcher' | 'generation' | 'store' | 'directory' | 'auth' | 'log' | 'record' | 'now' | 'randomId'
>;

/** What one session is given: the platform, the virtual server it belongs to, and the options of the moment. */
export type SessionParts = {
  readonly services: Pop3Services;
  /** The id of the virtual server. */
  readonly virtualServer: string;
  readonly options: Pop3Options;
  /** The certificate of the moment. */
  readonly tls: CurrentTls;
};
