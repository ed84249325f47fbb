import type { TokenOptions } from '../../auth/tokens.ts';
import type { CurrentTls, Services } from '../../servers/protocol-server.ts';

/** What SMTP uses of the platform; single parts as narrow as it uses them. */
export type SmtpServices = Pick<Services, 'generation' | 'openEditable' | 'log' | 'record' | 'now' | 'randomId'> & {
  readonly dispatcher: Pick<Services['dispatcher'], 'ask' | 'tell'>;
  readonly queue: Pick<Services['queue'], 'accept'>;
  readonly directory: Pick<Services['directory'], 'resolve' | 'isLocalDomain'>;
  readonly auth: Pick<Services['auth'], 'verify' | 'scramKeys' | 'settle' | 'verifyToken'>;
  readonly content: Pick<Services['content'], 'spool' | 'read' | 'write' | 'discard'>;
};

/** What an SMTP virtual server is set to. Durations in milliseconds, sizes in octets. */
export type SmtpOptions = {
  readonly hostname: string;
  /** How long the greeting is held back to catch those who talk before it. */
  readonly greetingDelay: number;
  /** Who may send to domains that are not ours: `from` address ranges, and those who authenticated. */
  readonly relay: { readonly authenticated: boolean; readonly from: readonly string[] };
  readonly auth: {
    /** Passwords are also taken where others can listen. */
    readonly allowPlaintext: boolean;
    /** No mail from whoever has not authenticated. */
    readonly required: boolean;
    /** Whose tokens are taken; nobody's without. */
    readonly tokens?: TokenOptions | null;
  };
  /** Whom VRFY tells something. */
  readonly vrfy: 'ambiguous' | 'authenticated' | 'off';
  /** No mail, and no login, before TLS. */
  readonly requireTls: boolean;
  readonly limits: {
    /** Of a message. */
    readonly size: number;
    /** Of a message, added ones included. */
    readonly recipients: number;
    /** Of a command line, CRLF included. */
    readonly commandLength: number;
    /** Silence after which a connection is closed. */
    readonly idle: number;
    readonly messagesPerConnection: number;
    /** Refusals for syntax and sequence since the last message. */
    readonly errors: number;
    /** The pause before a refusal. */
    readonly tarpit: number;
    /** Failed logins, then the connection is closed. */
    readonly loginAttempts: number;
    /** How long a failed login waits for its reply. */
    readonly loginDelay: number;
  };
};

/** One SMTP virtual server, as its steps see it. */
export type Server = {
  readonly id: string;
  /** The newest; a step reads them once. */
  readonly options: SmtpOptions;
  readonly tls: CurrentTls;
  readonly services: SmtpServices;
};
