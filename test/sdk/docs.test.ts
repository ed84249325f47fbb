import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { formatReference } from '../../core/workshop/reference.ts';
import { eventNames, specOf } from '../../sdk/catalogue.ts';

const root = resolve(import.meta.dirname, '../..');

test('the event reference is that of the catalogue: `npm run docs` makes it', () => {
  expect(readFileSync(join(root, 'sdk/docs/events.md'), 'utf8')).toBe(formatReference());
});

test('the reference says of every event when, payload, decisions, edits, deadline, and gives an example', () => {
  const reference = formatReference();
  for (const event of eventNames) {
    const section = reference.split(`\n## ${event}\n`)[1]?.split('\n## ')[0] ?? '';
    const { about, payload, decisions, edits, deadline } = specOf(event);
    const wanted = [about, `${deadline / 1_000} s`, `${event}(`, ...Object.keys(payload), ...decisions, ...edits];
    expect({ event, missing: wanted.filter((said) => !section.includes(said)) }).toEqual({ event, missing: [] });
  }
});

test('every example of the reference compiles', { timeout: 60_000 }, () => {
  const examples = [...formatReference().matchAll(/```ts\n([^`]*)```/g)].map((match) => match[1] ?? '');
  expect(examples).toHaveLength(eventNames.length);
  const about = "name: 'all', version: '1.0.0', description: '', role: 'observes'";
  const source = `import { defineSink, next } from '@sluice/sdk';\nexport default defineSink({ ${about},\n${examples.join('')}});\n`;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist/examples-'));
  try {
    writeFileSync(join(folder, 'sink.ts'), source);
    const compilerOptions = { noEmit: true };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['.'] }),
    );
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
