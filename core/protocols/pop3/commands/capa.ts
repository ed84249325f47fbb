import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { listing } from '../response.ts';

const capabilities = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'];

/** Says what this server can do. USER and SASL only where they will be taken (RFC 2449 §6.3, §6.4). */
export const capa = command({
  verb: 'CAPA',
  source: 'RFC 2449 §5',
  in: ['authorization', 'transaction'],
  args: none,
  run({ kind, access }) {
    const { takesPasswords, mechanisms, offersTls } = access();
    const logins = takesPasswords ? ['USER', `SASL ${mechanisms.join(' ')}`] : [];
    const tls = offersTls && kind === 'authorization' ? ['STLS'] : [];
    return listing('capabilities follow', [...logins, ...tls, ...capabilities]);
  },
});
