import { describe, expect, test } from 'vitest';
import { findPlaces, toAsciiHtml } from '../../../core/message/text/html-place.ts';
import { openMessage } from '../../../core/message/message.ts';
import { wire } from '../../messages/make.ts';

/** `¦` marks where text for the end of the message belongs (smime.md §3.3). */
const bottoms: Readonly<Record<string, string>> = {
  'a whole document': '<html><body><p>x</p>¦</body></html>',
  'upper case and white space': '<HTML><BODY><P>x</P>¦</BODY\n ></HTML >',
  'no body tags': '<html><p>x</p>¦</html>',
  'a fragment': '<p>x</p>¦',
  'no tags at all': 'x¦',
  'an end tag in a comment': '<body>x<!-- </body> -->¦</body>',
  'an end tag in a conditional comment':
    '<body>x<!--[if mso]></body></html><![endif]-->¦</body></html><!-- </body> -->',
  'a revealed conditional comment': '<body><![if !mso]>x<![endif]>¦</body>',
  'an end tag in a script': '<body>x<script>a("</body>")</script>¦</body>',
  'an end tag in a style': '<body>x<style></body></style>¦</body>',
  'an end tag in an attribute': '<body><a title="</body>" name=\'</body>\' id=</body>x</a>¦</body>',
  'two documents': '<html><body>a</body></html><html><body>b¦</body></html>',
  'a reply document inside': '<body>a<blockquote><html><body>b</body></html></blockquote>c¦</body></html>',
  'an unclosed style': '<body>x¦<style>p{}</body></html>',
  'an unclosed comment': '<body>x¦<!-- y</body></html>',
  'an unclosed textarea': '<body>x¦<textarea></body></html>',
  'an unclosed table': '<body><table><tr><td>x¦',
  'an unclosed table in a body': '<body><table><tr><td>x¦</body></html>',
  plaintext: '<body>x¦<plaintext></body></html>',
  'a frameset': '<html><frameset><frame src=a><noframes><body>x</body></noframes></frameset>¦</html>',
  'an end tag in a template': '<body>x<template></body></template>¦</body>',
  'an unclosed template': '<body>x¦<template></body></html>',
  'an end tag in a drawing': '<body>x<svg><desc></body></desc></svg>¦</body>',
  'CDATA in a drawing': '<body>x<svg><![CDATA[</svg></body>]]></svg>¦</body>',
  'an unclosed tag': '<body>x¦<p class="</body></html>',
  'a comment after the end': '<body>x¦</body><!-- y --></html>',
  'short comments': '<body><!--><!--->x<!-- a --!>¦</body>',
  'a title with markup': '<head><title></body></title></head><body>x¦</body>',
};

describe('the end of an HTML body', () => {
  test.each(Object.entries(bottoms))('%s', (_, marked) => {
    const html = marked.replace('¦', '');
    expect(findPlaces(html, false).bottom).toBe(marked.indexOf('¦'));
  });
});

const tops: Readonly<Record<string, string>> = {
  'a body with attributes': '<html><body class="a>b">¦x</body></html>',
  'a body in a comment': '<!--[if mso]><body><![endif]--><body>¦x',
  'a head without body': '<html><head><title>t</title></head>¦x',
  'html alone': '<!doctype html><html>¦x',
  'a doctype alone': ' <!DOCTYPE html>¦<p>x',
  'a fragment': '¦<p>x',
  'two bodies': '<body>¦a<body>b',
};

test.each(Object.entries(tops))('the top of an HTML body: %s', (_, marked) => {
  expect(findPlaces(marked.replace('¦', ''), false).top).toBe(marked.indexOf('¦'));
});

const quotes: Readonly<Record<string, string>> = {
  gmail:
    '<div>yes</div><br>¦<div class="gmail_quote"><div class="gmail_attr">On … wrote:</div><blockquote>old</blockquote></div>',
  'gmail, new': '<div>yes</div>¦<div class="gmail_quote gmail_quote_container">old</div>',
  thunderbird:
    '<html><head><style>p{}</style></head><body><p>yes</p>¦<div class="moz-cite-prefix">Am … schrieb:</div><blockquote type="cite">old</blockquote></body>',
  'apple mail': '<body>yes<br><div>¦<blockquote type="cite">old</blockquote></div></body>',
  'outlook on the web':
    '<body>yes¦<hr style="width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">From: …</div></body>',
  outlook:
    "<body>yes<div>¦<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>From:</div></div></body>",
  yahoo: '<body>yes¦<div id="ydp1" class="ydp1yahoo_quoted">old</div></body>',
};

test.each(Object.entries(quotes))('the quoted message in HTML: %s', (_, marked) => {
  expect(findPlaces(marked.replace('¦', ''), true).quote).toBe(marked.indexOf('¦'));
});

test('an answer below the quoted message has nothing quoted below it', () => {
  expect(findPlaces('<body><style>p{}</style>&nbsp;<blockquote>old</blockquote>new</body>', true).quote).toBe(-1);
});

test('inserted HTML is ASCII, whatever it says (R11)', () => {
  expect(toAsciiHtml('<p>ä€😀\ud800</p>')).toBe('<p>&#228;&#8364;&#128512;&#65533;</p>');
});

test('HTML keeps charset and transfer encoding, and its own octets (R03, R11)', () => {
  const octets = wire(
    'Content-Type: text/html; charset=shift_jis\nContent-Transfer-Encoding: 8bit\n\n<p>\x93\xfa\x96{</p></body>\n',
  );
  const message = openMessage(octets);
  const [outcome] = message.edit([{ kind: 'insert-text', position: 'after', plain: '', html: '<p>日本 é</p>' }]);
  expect(outcome).toMatchObject({ kind: 'done', removed: 0 });
  expect(Buffer.from(message.write()).toString('latin1')).toContain(
    '\x93\xfa\x96{</p>\r\n<p>&#26085;&#26412; &#233;</p>\r\n</body>',
  );
});

test('text is not put into an element that is hidden and never ends', () => {
  const html = '<body><p>x</p><div style="display: none">list <div>line</div></body>';
  expect(findPlaces(html, false).bottom).toBe(html.indexOf('<div'));
  expect(findPlaces(html.replace('</body>', '</div></body>'), false).bottom).toBe(
    html.length - '</body>'.length + '</div>'.length,
  );
});
