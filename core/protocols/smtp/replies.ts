import { reply, type Reply } from '../../../sdk/reply.ts';

/**
 * What the server says: a Reply, or one of those that carry no enhanced status (RFC 2034 §4: greeting, EHLO, 3yz).
 * Several lines make a multi-line reply.
 */
export type ServerReply =
  | Reply
  | { readonly code: 220 | 250 | 334 | 354; readonly status: null; readonly text: string | readonly string[] };

/** Everything this server itself can say. Sinks bring their own; nothing else ever reaches a client. */
export const replies = {
  greeting: (hostname: string, text: string): ServerReply => ({ code: 220, status: null, text: `${hostname} ${text}` }),
  capabilities: (lines: readonly string[]): ServerReply => ({ code: 250, status: null, text: lines }),
  startMail: { code: 354, status: null, text: 'End data with <CR><LF>.<CR><LF>' } satisfies ServerReply,

  challenge: (base64: string): ServerReply => ({ code: 334, status: null, text: base64 }),

  ok: reply(250, '0.0', 'Ok'),
  reversePathOk: reply(250, '1.0', 'Ok'),
  recipientOk: reply(250, '1.5', 'Ok'),
  queued: (id: string): Reply => reply(250, '0.0', `Ok: queued as ${id}`),
  chunkTaken: (octets: number): Reply => reply(250, '0.0', `Ok: ${octets} octets received`),
  startTls: reply(220, '0.0', 'Ready to start TLS'),
  help: reply(214, '0.0', 'See RFC 5321'),
  closing: reply(221, '0.0', 'Bye'),
  authenticated: reply(235, '7.0', 'Authentication succeeded'),
  verified: (address: string): Reply => reply(250, '1.5', `<${address}>`),
  cannotVerify: reply(252, '0.0', 'Cannot verify, but will take mail and try to deliver it'),

  localError: reply(451, '3.0', 'Local error, try again later'),
  misconfigured: reply(451, '3.5', 'System incorrectly configured, try again later'),
  diskFull: reply(452, '3.1', 'Insufficient system storage, try again later'),
  tooManyRecipients: reply(452, '5.3', 'Too many recipients'),
  tlsUnavailable: reply(454, '7.0', 'TLS not available now'),

  authLater: reply(454, '7.0', 'Temporary authentication failure, try again later'),
  authHeld: reply(454, '7.0', 'Too many failed logins from your address, try again later'),

  stopping: reply(421, '3.2', 'Service shutting down, try again later'),
  paused: reply(421, '3.2', 'Service paused, try again later'),
  idle: reply(421, '4.2', 'Idle for too long, closing'),
  tooManyConnections: reply(421, '7.0', 'Too many connections, try again later'),
  tooManyFromAddress: reply(421, '7.0', 'Too many connections from your address, try again later'),
  tooManyMessages: reply(421, '7.0', 'Too many messages on this connection, open another'),
  tooManyLogins: reply(421, '7.0', 'Too many failed logins, closing'),
  tooManyErrors: reply(421, '7.0', 'Too many errors, closing'),
  httpRefused: reply(421, '7.0', 'This is SMTP, not HTTP'),

  unrecognized: reply(500, '5.2', 'Command not recognized'),
  lineTooLong: reply(500, '5.2', 'Line too long'),
  bareLineEnd: reply(500, '5.2', 'A line ends with CRLF, not with LF or CR alone'),
  nulInCommand: reply(500, '5.2', 'NUL is not allowed in a command'),
  commandSyntax: (syntax: string): Reply => reply(501, '5.2', `Syntax: ${syntax}`),
  noArgument: (verb: string): Reply => reply(501, '5.4', `${verb} takes no argument`),
  ehloSyntax: (verb: string): Reply => reply(501, '5.4', `Syntax: ${verb} <domain or address literal>`),
  chunkSyntax: reply(501, '5.4', 'Syntax: BDAT <size> [LAST]'),
  parameterSyntax: reply(501, '5.4', 'Malformed or repeated parameter'),
  reversePathSyntax: reply(501, '1.7', 'Malformed reverse-path'),
  recipientSyntax: reply(501, '1.3', 'Malformed forward-path'),
  notImplemented: reply(502, '5.1', 'Command not implemented'),
  chunkingNotOffered: reply(502, '5.1', 'CHUNKING is not offered'),
  noEhlo: reply(503, '5.1', 'EHLO or HELO first'),
  noMail: reply(503, '5.1', 'MAIL first'),
  noRecipients: reply(554, '5.1', 'No valid recipients'),
  chunksBegun: reply(503, '5.1', 'The message comes in chunks: BDAT or RSET is what is left'),
  nestedMail: reply(503, '5.1', 'MAIL was already given, RSET first'),
  tlsActive: reply(503, '5.1', 'TLS is already active'),
  mechanismUnknown: reply(504, '5.4', 'That mechanism is not offered'),
  alreadyAuthenticated: reply(503, '5.1', 'You are authenticated already'),
  authInTransaction: reply(503, '5.1', 'AUTH is not for the middle of a transaction, RSET first'),
  authCancelled: reply(501, '7.0', 'Authentication cancelled'),
  authSyntax: reply(501, '5.2', 'Malformed authentication response'),
  authTooLong: reply(500, '5.6', 'Authentication response too long'),
  tlsRequired: reply(530, '7.0', 'Issue STARTTLS first'),
  authRequired: reply(530, '7.0', 'Authentication required'),
  credentialsRefused: reply(535, '7.8', 'Authentication failed'),
  encryptionNeeded: reply(538, '7.11', 'That mechanism needs TLS: issue STARTTLS first'),
  refusedSession: reply(503, '5.1', 'No service on this connection, QUIT is what is left'),

  noMailbox: reply(550, '1.1', 'No such mailbox here'),
  relayDenied: reply(550, '7.1', 'Relaying denied'),
  bareLineEndInContent: reply(550, '5.2', 'The message has a LF or CR alone; every line ends with CRLF'),
  nulInContent: reply(550, '6.0', 'The message has a NUL'),
  tooLarge: (limit: number): Reply => reply(552, '3.4', `The message is larger than ${limit} octets`),
  nonAsciiAddress: reply(553, '6.7', 'This address needs SMTPUTF8, in the right UTF-8'),
  accessDenied: reply(554, '7.1', 'No access from your address'),
  earlyTalker: reply(554, '5.1', 'You talk before the greeting'),
  outOfStep: reply(554, '5.0', 'You must wait for the reply to this command (RFC 2920)'),
  unknownParameter: (name: string): Reply => reply(555, '5.4', `Parameter ${name} is not implemented`),
} as const;

/** Octets of a reply line, CRLF left out (RFC 5321 §4.5.3.1.5: 512 with it). */
const longestLine = 510;

/**
 * A reply as it goes out, CRLF included. The one place that writes replies, so the one that keeps a text from breaking
 * out of its line: anything but printable ASCII becomes `?`, and what is too long is cut.
 *
 * @param enhanced whether to send the enhanced status (RFC 2034)
 */
export function formatReply({ code, status, text }: ServerReply, enhanced = true): string {
  const mark = status !== null && enhanced ? `${status} ` : '';
  if (typeof text === 'string') return formatLine(`${code} ${mark}${text}`);
  const last = text.length - 1;
  return text.map((line, at) => formatLine(`${code}${at === last ? ' ' : '-'}${mark}${line}`)).join('');
}

function formatLine(line: string): string {
  const clean = /[^\x20-\x7e]/.test(line) ? line.replace(/[^\x20-\x7e]/g, '?') : line;
  return `${clean.length > longestLine ? clean.slice(0, longestLine) : clean}\r\n`;
}
