import type { Command } from '../command.ts';
import { auth } from './auth.ts';
import { capa } from './capa.ts';
import { dele } from './dele.ts';
import { list } from './list.ts';
import { noop } from './noop.ts';
import { pass } from './pass.ts';
import { quit } from './quit.ts';
import { retr } from './retr.ts';
import { rset } from './rset.ts';
import { stat } from './stat.ts';
import { stls } from './stls.ts';
import { top } from './top.ts';
import { uidl } from './uidl.ts';
import { user } from './user.ts';

/** Every command by its keyword in upper case. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [user, pass, auth, stls, stat, list, uidl, retr, top, dele, rset, noop, capa, quit].map((command) => [
    command.verb,
    command,
  ]),
);
