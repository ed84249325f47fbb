import { expect, test } from 'vitest';
import { Fault } from '../../../core/errors.ts';
import { checkMove, type ServerState } from '../../../core/servers/server-state.ts';

const states: readonly ServerState[] = ['stopped', 'starting', 'running', 'paused', 'stopping', 'failed'];
const legal = new Set([
  'stopped starting',
  'starting running',
  'starting failed',
  'starting stopped',
  'running paused',
  'running stopping',
  'paused running',
  'paused stopping',
  'stopping stopped',
  'failed starting',
  'failed stopped',
]);

function refusalOf(from: ServerState, to: ServerState): unknown {
  try {
    checkMove('mx', from, to);
    return null;
  } catch (fault) {
    return fault;
  }
}

const moves = states.flatMap((from) => states.map((to) => ({ from, to, isLegal: legal.has(`${from} ${to}`) })));

test.each(moves.filter(({ isLegal }) => isLegal))('$from may become $to', ({ from, to }) => {
  expect(refusalOf(from, to)).toBeNull();
});

test.each(moves.filter(({ isLegal }) => !isLegal))('$from may not become $to', ({ from, to }) => {
  const refusal = refusalOf(from, to);
  expect(refusal).toBeInstanceOf(Fault);
  expect(refusal).toMatchObject({
    code: 'server.state',
    context: { reason: expect.stringContaining(`mx is ${from}`) },
  });
});
