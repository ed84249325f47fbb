import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { everyPart, findPart } from '../../../core/message/part.ts';
import { insertText } from '../../../sdk/edits.ts';
import { composed } from '../../messages/compose.ts';
import { fixtures } from '../../messages/make.ts';

/** Reads messages, base64 a line, and says the decoded leaves of each as a JSON list of [type, base64]. */
const reader = `
import sys, email, json, base64
for line in sys.stdin:
    m = email.message_from_bytes(base64.b64decode(line))
    leaves = [p for p in m.walk() if not p.is_multipart()]
    print(json.dumps([[p.get_content_type(), base64.b64encode(p.get_payload(decode=True) or b'').decode()] for p in leaves]))
`;
const hasPython = spawnSync('python3', ['-c', 'import email']).status === 0;
const text = 'R09 stands here';

test.skipIf(!hasPython)(
  'R09: python finds the same leaf, with the text in it, in 98 of 100 messages that were edited',
  () => {
    // Python takes a comment behind a type or an encoding (RFC 2045 §5.1, §6.1) for a part of it: those are left out.
    const made = fc.sample(composed, { numRuns: 2_000, seed: 9 }).map(({ octets }) => octets);
    const messages = [
      ...fixtures().map(([, octets]) => octets),
      ...made.filter((octets) => !octets.includes(' (so)') && !octets.includes(' (a; ')),
    ];
    const edited = messages.flatMap((octets) => {
      const message = openMessage(octets);
      const [outcome] = message.edit([insertText({ plain: text, html: text })]);
      return outcome?.kind === 'done' ? [{ written: Buffer.from(message.write()), changes: outcome.changes }] : [];
    });
    const input = edited.map(({ written }) => `${written.toString('base64')}\n`).join('');
    const { stdout } = spawnSync('python3', ['-c', reader], { input, maxBuffer: 2 ** 28, encoding: 'utf8' });
    const found: readonly (readonly (readonly [string, string])[])[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found).toHaveLength(edited.length);

    const strays = edited.filter(({ written, changes }, at) => !sameLeaves(written, changes, found[at] ?? []));
    expect(edited.length).toBeGreaterThan(500);
    expect(strays.length / edited.length).toBeLessThanOrEqual(0.02);
  },
);

/** Whether every part that was changed is the same leaf to both, and has the text there. */
function sameLeaves(
  written: Buffer,
  changes: readonly { readonly part: string }[],
  theirs: readonly (readonly [string, string])[],
): boolean {
  const { root } = openMessage(written);
  const leaves = [...everyPart(root)].filter(({ parts }) => parts.length === 0);
  return changes.every(({ part }) => {
    const ours = findPart(root, part)?.part;
    const [type, body = ''] = (ours && theirs[leaves.indexOf(ours)]) ?? [];
    const decoded = Buffer.from(body, 'base64');
    return type === ours?.type && (decoded.includes(text) || decoded.includes(Buffer.from(text, 'utf16le')));
  });
}
