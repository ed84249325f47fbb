import { Fault } from '../errors.ts';

/**
 * `running` serves · `paused` keeps its sessions and refuses new ones · `stopping` waits for its sessions to end
 * · `failed` could not start
 */
export type ServerState = 'stopped' | 'starting' | 'running' | 'paused' | 'stopping' | 'failed';

/** Every move there is; what is not here is refused. */
const moves: Readonly<Record<ServerState, readonly ServerState[]>> = {
  stopped: ['starting'],
  starting: ['running', 'failed', 'stopped'],
  running: ['paused', 'stopping'],
  paused: ['running', 'stopping'],
  stopping: ['stopped'],
  failed: ['starting', 'stopped'],
};

/** @throws Fault `server.state` when the move is illegal */
export function checkMove(virtualServer: string, from: ServerState, to: ServerState): void {
  if (moves[from].includes(to)) return;
  const reason = `${virtualServer} is ${from}: from there it can only become ${moves[from].join(' or ')}, not ${to}`;
  throw new Fault('server.state', { virtualServer, from, to, reason });
}
