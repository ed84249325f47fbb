import { none } from '../arguments.ts';
import { command } from '../command.ts';
import { listing } from '../response.ts';

const capabilities = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'];

/** Says what this server can do. USER only where it will be taken (RFC 2449 §6.3). */
export const capa = command({
  verb: 'CAPA',
  source: 'RFC 2449 §5',
  in: ['authorization', 'transaction'],
  args: none,
  run: ({ takesPasswords }) =>
    listing('capabilities follow', takesPasswords ? ['USER', ...capabilities] : capabilities),
});
