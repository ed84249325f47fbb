import { expect, test } from 'vitest';
import type { EventName } from '../../../sdk/catalogue.ts';
import type { CallSink } from '../../../core/events/dispatch.ts';
import { shareCalls } from '../../../core/platform/share.ts';
import { bindingOf } from '../../support/bindings.ts';

/** Two places a binding; a call ends when `end` is called with its binding's name, the first first. */
function shared(patience: number) {
  const under: { readonly name: string; readonly end: () => void }[] = [];
  const callSink: CallSink = ({ binding }) =>
    new Promise((resolve) => void under.push({ name: binding.name, end: () => resolve(binding.name) }));
  const share = shareCalls(callSink, { queue: { most: 2, patience }, session: { most: 4, patience } });
  return {
    names: () => under.map(({ name }) => name),
    end: () => under.shift()?.end(),
    call: (name: string, event: EventName = 'onArrival') =>
      share({ binding: bindingOf({ name }), event, payload: {}, deadline: 1, cpu: 1, message: null, traceId: 't' }),
  };
}

test('a binding whose places are taken makes its own calls wait, in order, and no others', async () => {
  const { call, names, end } = shared(60_000);
  const done = [call('slow'), call('slow'), call('slow'), call('other')];
  expect(names()).toEqual(['slow', 'slow', 'other']);
  end();
  expect(await done[0]).toBe('slow');
  expect(names()).toEqual(['slow', 'other', 'slow']);
  for (const _ of names()) end();
  expect(await Promise.all(done)).toEqual(['slow', 'slow', 'slow', 'other']);
});

test('what waits in vain is busy; while nothing ends, the next is busy at once; then there is room again', async () => {
  const { call, names, end } = shared(1);
  const first = [call('slow'), call('slow')];
  await expect(call('slow')).rejects.toMatchObject({ code: 'sandbox.busy' });
  await expect(call('slow')).rejects.toMatchObject({ code: 'sandbox.busy' });
  expect(names()).toHaveLength(2);
  end();
  await first[0];
  const third = call('slow');
  expect(names()).toHaveLength(2);
  for (const _ of names()) end();
  expect(await Promise.all([first[1], third])).toEqual(['slow', 'slow']);
});

test('sessions have places of their own, which delivery does not take', async () => {
  const { call, names, end } = shared(1);
  for (let turn = 0; turn < 4; turn += 1) void call('slow', 'onRcpt');
  for (let turn = 0; turn < 2; turn += 1) void call('slow');
  expect(names()).toHaveLength(6);
  await expect(call('slow', 'onRcpt')).rejects.toMatchObject({ code: 'sandbox.busy' });
  end();
  await Promise.resolve();
  void call('other', 'onRcpt');
  expect(names()).toContain('other');
});
