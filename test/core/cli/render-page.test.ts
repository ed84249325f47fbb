import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines } from '../../../core/cli/line-diff.ts';
import { renderPage } from '../../../core/cli/render-page.ts';

const view = { header: '', parts: '', text: null, html: null, protection: 'neither signed nor encrypted', size: 1 };
const attack = `"></iframe><script>alert(1)</script><img src=x onerror=alert(1)>' srcdoc='<b>&amp;`;

test('a page shows mail of a stranger without running or loading anything of it', () => {
  const after = { ...view, header: attack, parts: attack, text: attack, html: attack, protection: attack };
  const page = renderPage({ title: attack, lines: [attack], diff: `+ ${attack}\n- ${attack}`, before: view, after });
  expect(page.match(/<script|<img/g)).toBeNull();
  expect(page.match(/<iframe/g)).toHaveLength(1);
  expect(page).toContain(`<iframe title="After: HTML" sandbox="" referrerpolicy="no-referrer" srcdoc="`);
  expect(page).toContain(`<meta http-equiv="Content-Security-Policy" content="default-src 'none';`);
  // What is in the frame has a policy of its own before anything of the mail, and all of the mail is in there.
  const srcdoc = /srcdoc="([^"]*)"/.exec(page)?.[1] ?? '';
  expect(srcdoc).toMatch(/^&lt;!doctype html&gt;&lt;meta charset=&quot;utf-8&quot;&gt;&lt;meta http-equiv=/);
  expect(srcdoc).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

const count = (all: readonly string[], one: string): number => all.filter((line) => line === one).length;

test('a difference of lines, applied to the first text, is the second', () => {
  const text = array(constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
  assert(
    property(text, text, (before, after) => {
      const lines = diffLines(before, after).split('\n');
      const of = (mark: string): readonly string[] =>
        lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
      // What is added and removed is exactly what one text has more of than the other.
      for (const one of ['a', 'b', 'c'])
        expect(count(of('+ '), one) - count(of('- '), one)).toBe(
          count(after.split('\n'), one) - count(before.split('\n'), one),
        );
    }),
  );
  expect(diffLines('a\nb\nc', 'a\nx\nc')).toBe('  a\n- b\n+ x\n  c');
  expect(diffLines('a', 'a')).toBe('');
});
