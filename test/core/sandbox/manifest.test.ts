import { expect, test } from 'vitest';
import * as v from 'valibot';
import { z } from 'zod';
import { readManifest } from '../../../core/sandbox/manifest.ts';
import { defineSink, next } from '../../../sdk/index.ts';
import { sdkVersion } from '../../../sdk/version.ts';

const about = { name: 'probe', version: '1.0.0', description: '', role: 'decides' } as const;
const sink = defineSink({ ...about, onRcpt: () => next() });

test('a sink built with another SDK is refused, and told which one to build with', () => {
  expect(readManifest(sink.manifest, 'probe')).toMatchObject({ name: 'probe' });
  for (const sdk of ['1.0.0', '0.99.0', 'latest'])
    expect(readManifest({ ...sink.manifest, sdk }, 'probe')).toEqual([
      `sdk: it was built with SDK ${sdk}, and this Sluice has ${sdkVersion}: build it again with @sluice/sdk ${sdkVersion}`,
    ]);
  const [major, minor] = sdkVersion.split('.');
  expect(readManifest({ ...sink.manifest, sdk: `${major}.${minor}.99` }, 'probe')).toMatchObject({ name: 'probe' });
});

test('settings become JSON Schema where their library can say it, and nothing where it cannot', () => {
  const settings = z.strictObject({ limit: z.int().default(3) });
  const read = readManifest(defineSink({ ...about, settings, onRcpt: () => next() }).manifest, 'probe');
  expect(read).toMatchObject({ settings: { type: 'object', properties: { limit: { type: 'integer', default: 3 } } } });

  const dated = defineSink({ ...about, settings: z.strictObject({ at: z.date() }), onRcpt: () => next() });
  const valibot = defineSink({ ...about, settings: v.object({ limit: v.number() }), onRcpt: () => next() });
  for (const { manifest } of [dated, valibot]) expect(manifest).not.toHaveProperty('settings');
});
