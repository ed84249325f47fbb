import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { Change } from '../../../core/config/plan.ts';
import { createReconciler, type Prepared } from '../../../core/config/reconcile.ts';
import { Fault } from '../../../core/errors.ts';
import { listeningLog } from '../telemetry/listening-log.ts';

type Item = { readonly id: string; readonly port: number };

const shown = (item: Item | undefined): string => `${item?.id}:${item?.port}`;

/** Stands for a set of servers: what is asked of it, in order, and which serve. */
function servers(refuse: (item: Item) => boolean = () => false) {
  const steps: string[] = [];
  const serving = new Set<string>();
  async function prepare(change: Change<Item>): Promise<Prepared> {
    const item = change.kind === 'remove' ? undefined : change.item;
    const was = change.kind === 'add' ? undefined : change.was;
    if (item && refuse(item)) throw new Fault('server.listen', { id: item.id });
    steps.push(`prepare ${change.kind} ${shown(item ?? was)}`);
    return {
      commit() {
        if (was) serving.delete(shown(was));
        if (item) serving.add(shown(item));
        steps.push(`commit ${shown(item ?? was)}`);
      },
      undo: async () => void steps.push(`undo ${shown(item ?? was)}`),
      drain: async () => void (was && steps.push(`drain ${shown(was)}`)),
    };
  }
  return { steps, serving, prepare };
}

function start(refuse?: (item: Item) => boolean) {
  const parts = servers(refuse);
  const { prepare } = parts;
  return { ...parts, reconciler: createReconciler<Item>({ same: isDeepStrictEqual, prepare, log: listeningLog() }) };
}

test('reconcile() starts the new, then swaps, then drains the old', async () => {
  const { reconciler, steps, serving } = start();
  await reconciler.reconcile([
    { id: 'a', port: 1 },
    { id: 'b', port: 2 },
  ]);
  steps.length = 0;
  const outcome = await reconciler.reconcile([
    { id: 'b', port: 3 },
    { id: 'c', port: 4 },
  ]);
  if (outcome.kind === 'done') await outcome.drained;

  expect(steps).toEqual([
    'prepare add c:4',
    'prepare replace b:3',
    'prepare remove a:1',
    'commit c:4',
    'commit b:3',
    'commit a:1',
    'drain b:2',
    'drain a:1',
  ]);
  expect([...serving].sort()).toEqual(['b:3', 'c:4']);
});

test('reconcile() leaves everything as it was when one change cannot be made', async () => {
  const { reconciler, steps, serving } = start(({ port }) => port === 666);
  await reconciler.reconcile([
    { id: 'a', port: 1 },
    { id: 'b', port: 2 },
  ]);
  steps.length = 0;
  const outcome = await reconciler.reconcile([
    { id: 'c', port: 3 },
    { id: 'b', port: 666 },
  ]);

  expect(outcome).toMatchObject({ kind: 'failed', change: { item: { id: 'b' } }, fault: { code: 'server.listen' } });
  expect(steps).toEqual(['prepare add c:3', 'undo c:3']);
  expect([...serving]).toEqual(['a:1', 'b:2']);
  expect(reconciler.running).toEqual([
    { id: 'a', port: 1 },
    { id: 'b', port: 2 },
  ]);
  expect(await reconciler.reconcile([{ id: 'b', port: 2 }])).toMatchObject({
    kind: 'done',
    changes: [{ kind: 'remove' }],
  });
});

test('reconcile() runs one plan at a time, in the order they came', async () => {
  const { reconciler, steps } = start();
  const desired = [[{ id: 'a', port: 1 }], [{ id: 'a', port: 2 }], []];
  const outcomes = await Promise.all(desired.map((items) => reconciler.reconcile(items)));
  await Promise.all(outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.drained] : [])));

  expect(steps.filter((step) => !step.startsWith('drain'))).toEqual([
    'prepare add a:1',
    'commit a:1',
    'prepare replace a:2',
    'commit a:2',
    'prepare remove a:2',
    'commit a:2',
  ]);
});

test('reconcile() does not wait for the old to drain, and a drain that fails is only logged', async () => {
  const never = Promise.withResolvers<void>();
  const drains = [() => never.promise, () => Promise.reject(new Error('stuck'))];
  const prepare = async (change: Change<Item>): Promise<Prepared> => ({
    commit: () => undefined,
    undo: async () => undefined,
    drain: change.kind === 'add' ? async () => undefined : (drains.shift() ?? (() => never.promise)),
  });
  const listening = listeningLog();
  const reconciler = createReconciler<Item>({ same: isDeepStrictEqual, prepare, log: listening });
  await reconciler.reconcile([{ id: 'a', port: 1 }]);
  await reconciler.reconcile([{ id: 'a', port: 2 }]);
  const last = await reconciler.reconcile([]);

  if (last.kind === 'done') await last.drained;
  expect(listening.lines).toEqual(['error drain failed while changing the configuration']);
  never.resolve();
});
