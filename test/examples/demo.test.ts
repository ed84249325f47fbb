import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the demo runs, and everything it says was checked', { timeout: 60_000 }, () => {
  const demo = join(import.meta.dirname, '../../examples/demo/demo.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-node-snapshot', demo], { encoding: 'utf8' });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' });
  expect(stdout).not.toContain('✗');
  expect(stdout).toMatch(/\d+ claims, all checked and true/);
});
