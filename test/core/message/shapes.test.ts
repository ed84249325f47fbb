import { expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { insertText } from '../../../sdk/edits.ts';
import { hostile } from '../../security/decoded-view/messages/messages.ts';

const multi = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const utf16 = Buffer.from('\ufeff<p>grün</p>', 'utf16le').toString('base64');
/** Shapes mail has in the wild: its octets, and what `text()` and `html()` say of it. */
const shapes: Readonly<Record<string, readonly [octets: string, plain: string | null, html: string | null]>> = {
  'nothing at all': ['', '', null],
  'a header and no empty line': ['Subject: x\r\n', '', null],
  'a header without its last line end': ['Subject: x', '', null],
  'no header': ['\r\nHello\r\n', 'Hello\n', null],
  'lines that end in LF': ['Subject: x\n\nHello\nBob\n', 'Hello\nBob\n', null],
  'an mbox line on top': ['From ann@x Mon Nov 23 12:00:00 2026\r\nSubject: x\r\n\r\nHello\r\n', 'Hello\n', null],
  'octets beyond ASCII in the header': ['Subject: gr\xfc\xdfe\r\n\r\nHello\r\n', 'Hello\n', null],
  'Latin-1 nobody declared': ['Subject: x\r\n\r\ngr\xfcn\r\n', 'grün\n', null],
  'a Content-Type without a value': ['Content-Type:\r\n\r\nHello\r\n', 'Hello\n', null],
  'a Content-Type of one word': ['Content-Type: text\r\n\r\nHello\r\n', 'Hello\n', null],
  'comments in MIME fields': [
    'Content-Type: (a) text/html (b (c)); charset (d) = (e) "utf-8" (f)\r\nContent-Transfer-Encoding: (x) 8bit (y)\r\n\r\n<p>\r\n',
    null,
    '<p>\r\n',
  ],
  'an encoding in capitals and with a comment': [
    'Content-Transfer-Encoding: QUOTED-PRINTABLE (so)\r\n\r\n=48ello\r\n',
    'Hello\n',
    null,
  ],
  'base64 without its padding': ['Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8\r\n', 'Hello', null],
  'base64 with white space in it': ['Content-Transfer-Encoding: base64\r\n\r\nSG Vs\r\n\tbG8=\r\n', 'Hello', null],
  'HTML in UTF-16 with a mark': [
    `Content-Type: text/html; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n${utf16}\r\n`,
    null,
    '<p>grün</p>',
  ],
  'no closing boundary': [`${multi}--b\r\n\r\nHello\r\n`, 'Hello\n', null],
  'a boundary with spaces': [
    'Content-Type: multipart/mixed; boundary="a b"\r\n\r\n--a b\r\n\r\nHello\r\n--a b--\r\n',
    'Hello',
    null,
  ],
  'white space behind boundaries': [`${multi}--b \t\r\n\r\nHello\r\n--b-- \r\n`, 'Hello', null],
  'an empty part first': [`${multi}--b\r\n--b\r\n\r\nHello\r\n--b--\r\n`, '', null],
  'several texts beside each other': [`${multi}--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n`, 'one', null],
  'HTML first': [`${multi}--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b\r\n\r\ntwo\r\n--b--\r\n`, null, '<p>'],
  'the same boundary inside': [
    `${multi}--b\r\n${multi}--b\r\n\r\ninner\r\n--b--\r\n--b\r\n\r\nouter\r\n--b--\r\n`,
    'inner',
    null,
  ],
  'text after an attached message': [
    `${multi}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nforwarded\r\n--b\r\n\r\nmine\r\n--b--\r\n`,
    'mine',
    null,
  ],
  'the root of a multipart/related by start, not by place (R17)': [
    'Content-Type: multipart/related; boundary=b; start="<r@x>"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nno\r\n--b\r\nContent-ID: <r@x>\r\nContent-Type: text/html\r\n\r\nyes\r\n--b--\r\n',
    null,
    'yes',
  ],
  'a multipart/related without start: the first part (R17)': [
    'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nyes\r\n--b\r\nContent-Type: text/html\r\n\r\nno\r\n--b--\r\n',
    null,
    'yes',
  ],
  'a text that is attached (R16)': [
    `${multi}--b\r\n\r\nmine\r\n--b\r\nContent-Disposition: attachment\r\n\r\nfile\r\n--b--\r\n`,
    'mine',
    null,
  ],
};

test.each(Object.entries(shapes))(
  '%s: read as people see it, and an edit is made or refused with a reason',
  (_, shape) => {
    const [octets, plain, html] = shape;
    const message = openMessage(Buffer.from(octets, 'latin1'));
    expect([message.text(), message.html()]).toEqual([plain, html]);
    const [outcome] = message.edit([insertText({ plain: 'NEW', html: '<i>NEW</i>' })]);
    const again = openMessage(message.write());
    expect([again.text(), again.html()]).toEqual([message.text(), message.html()]);
    const isThere = (message.text() ?? message.html() ?? '').includes('NEW');
    expect(isThere).toBe(outcome?.kind === 'done');
    expect(outcome?.kind === 'skipped' ? outcome.reason : 'done').not.toBe('');
  },
);

/** Milliseconds of CPU, the least of three: what else the machine does shows less in it. */
function costOf(octets: Buffer): number {
  const costs = [1, 2, 3].map(() => {
    const start = process.cpuUsage();
    const message = openMessage(octets);
    message.data('none');
    message.text();
    message.html();
    message.edit([insertText({ plain: 'NEW', html: 'NEW' })]);
    message.write();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  });
  return Math.min(...costs);
}

test('the work grows with the size, not with its square, whatever the octets are (R08)', () => {
  const small = process.env['LONG'] ? 400_000 : 60_000;
  const strays = Object.entries(hostile).filter(([, make]) => {
    const [few, many] = [make(small), make(small * 12)];
    // Twelve times the work would be 12, its square 144; below 8 ms a clock says little.
    return costOf(many) > 60 * Math.max(8, costOf(few));
  });
  expect(strays.map(([name]) => name)).toEqual([]);
});
