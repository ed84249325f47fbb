import { describe, expect, test } from 'vitest';
import { sessionOf } from '../support/bindings.ts';
import { disclaim } from './disclaimer-desk.ts';

describe('R71 mail of others with a DKIM signature', () => {
  const signed = 'From: ann@else.example\r\nDKIM-Signature: v=1; d=else.example\r\nSubject: x\r\n\r\nHello.\r\n';
  const settings = { text: 'Ours.', dkimSigned: 'skip' };
  const said = async (tags: Readonly<Record<string, string>>, identity: string | null, its: object = settings) =>
    (await disclaim(signed, its, { reversePath: 'ann@else.example', session: sessionOf({ tags, identity }) })).said;

  test.each([[{ dkim: 'pass' }], [{}]])('is left alone when the settings say so: %j', async (tags) => {
    expect(await said({ ...tags }, null)).toBe('no disclaimer: its DKIM signature would break');
  });

  test.each([
    [{ dkim: 'neutral' }, null, settings],
    [{}, 'jane', settings],
    [{ dkim: 'pass' }, null, { text: 'Ours.' }],
  ])(
    'is edited when its signature is no good, when one of us sent it, by default: %j %s %j',
    async (tags, identity, its) => {
      expect(await said({ ...tags }, identity, its)).toBe('disclaimer added');
    },
  );
});
