import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../core/errors.ts';
import { createFaultLog } from '../../core/platform/fault-log.ts';
import { createHandlerFinder } from '../../core/platform/locate-handler.ts';
import { bindingOf } from '../support/bindings.ts';

test('the log says where the handler of a fault without a place stands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fault-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'probe'));
  const file = join(folder, 'probe/sink.ts');
  writeFileSync(file, 'export default defineSink({\n  name: "probe",\n  onRcpt() { for (;;); },\n});\n');
  const places: unknown[] = [];
  const note = (values: object): void => void places.push('at' in values ? values.at : undefined);
  const log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const report = createFaultLog(log, () => undefined, createHandlerFinder([join(folder, 'none'), folder]));

  const at = { binding: bindingOf(), event: 'onRcpt', traceId: 't' } as const;
  report(new Fault('sandbox.cpu', { limit: 'cpu', allowed: 100 }), at);
  report(new Fault('sandbox.threw', { error: 'no cats' }), at);
  report(new Fault('sandbox.threw', { error: 'Error: x', at: 'sinks/probe/other.ts:1:2' }), at);
  report(new Fault('sandbox.answer', { problem: 'no' }), { ...at, event: 'onArrival' });
  expect(places).toEqual([`${file}:3:3`, `${file}:3:3`, 'sinks/probe/other.ts:1:2', file]);
});
