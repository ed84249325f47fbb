import { single, type Hostile } from './hostile.ts';

const html = 'Content-Type: text/html; charset=utf-8';
const flowed = 'Content-Type: text/plain; format=flowed; delsp=yes';

/** Bodies that are slow to understand. */
export const texts: Hostile = {
  'html-unclosed-tags': (size) => single(html, '<div>', size),
  'html-open-tags': (size) => single(html, '<div ', size),
  'html-attributes': (size) => single(`${html}\r\n\r\n<p `, 'a=b ', size),
  'html-quotes': (size) => single(html, '<a b="', size),
  'html-entities': (size) => single(html, '&#x1f600;&amp;', size),
  'html-entities-open': (size) => single(html, '&', size),
  'html-comments-open': (size) => single(html, '<!--', size),
  'html-conditionals': (size) => single(html, '<!--[if mso]><![endif]', size),
  'html-raw-text-open': (size) => single(html, '<style><script>', size),
  'html-raw-text-near': (size) => single(`${html}\r\n\r\n<script>`, '</scrip', size),
  'html-templates': (size) => single(html, '<template><svg><math><select>', size),
  'html-cdata': (size) => single(html, '<svg><![CDATA[', size),
  'html-bodies': (size) => single(html, '<html><body></body></html>', size),
  'html-quoted-blocks': (size) => single(html, '<blockquote type=cite>x', size),
  'flowed-depths': (size) => single(flowed, `${'>'.repeat(900)} x \r\n`, size),
  'flowed-endless': (size) => single(flowed, 'x \r\n', size),
  'flowed-signatures': (size) => single(flowed, '-- \r\n', size),
  'plain-quote-marks': (size) => single('Content-Type: text/plain', '>', size),
  'plain-attributions': (size) => single('Content-Type: text/plain', 'On 1 a@b wrote:\r\n> x\r\n', size),
  'plain-line-ends': (size) => single('Content-Type: text/plain', '\r\n', size),
  'pgp-armor-open': (size) => single('Content-Type: text/plain', '-----BEGIN PGP MESSAGE-----\r\n', size),
};
