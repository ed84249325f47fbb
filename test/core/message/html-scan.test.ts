import * as fc from 'fast-check';
import { Tokenizer } from 'htmlparser2';
import { expect, test } from 'vitest';
import { scanTags } from '../../../core/message/text/html-scan.ts';

const none = (): void => undefined;

/** The tags htmlparser2's tokenizer finds. */
function oracle(html: string): readonly string[] {
  const tags: string[] = [];
  let name = '';
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      onopentagname: (start, end) => (name = `<${start - 1} ${html.slice(start, end).toLowerCase()}`),
      onopentagend: () => void tags.push(name),
      onselfclosingtag: () => void tags.push(name),
      onclosetag: (start, end) => void tags.push(`/${start - 2} ${html.slice(start, end).toLowerCase()}`),
      onattribdata: none,
      onattribentity: none,
      onattribend: none,
      onattribname: none,
      oncdata: none,
      oncomment: none,
      ondeclaration: none,
      onend: none,
      onprocessinginstruction: none,
      ontext: none,
      ontextentity: none,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return tags;
}

function tagsOf(html: string): readonly string[] {
  const tags: string[] = [];
  scanTags(html, (name, closing, from) => void tags.push(`${closing ? '/' : '<'}${from} ${name}`));
  return tags;
}

/** End tags are whole: htmlparser2 reports those without `>` and knows no attributes in them, the standard does not. */
const pieces =
  '<p>|</p>|<body|</body>|</html>|<a href=|"|\'|=|>|/>|<|<!--|-->|--!>|-|<!|<?|<!doctype html>|<style>|</style>|<script>|' +
  '</script >|<title>|</TITLE/>| |\n|x|<1>|</ >|</1>';

test('scanTags() finds the tags htmlparser2 finds', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces.split('|')), { maxLength: 30 }), (chosen) => {
      const html = chosen.join('');
      expect(tagsOf(html)).toEqual(oracle(html));
    }),
    { numRuns: 3000 },
  );
});
