import { say, sayAndClose, type Answer } from '../answer.ts';
import { replies } from '../replies.ts';

/** Commands there are, but not here. */
const known = new Set(['EXPN', 'ETRN', 'TURN', 'ATRN', 'SEND', 'SOML', 'SAML', 'LHLO', 'XCLIENT', 'XFORWARD']);

/**
 * Whatever is not in the table of steps; smtp-server's jokes (WIZ, SHELL, KILL) are not. A web page that makes a
 * browser talk to us is hung up on before its form field becomes a command.
 *
 * @source RFC 5321 §4.2.4
 */
export function unknown(verb: string, argument: string): Answer {
  if (/ HTTP\/\d(?:\.\d)?$/.test(argument)) return sayAndClose(replies.httpRefused);
  return say(known.has(verb) ? replies.notImplemented : replies.unrecognized);
}
