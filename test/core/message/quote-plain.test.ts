import { describe, expect, test } from 'vitest';
import { openMessage } from '../../../core/message/message.ts';
import { findQuotedLine } from '../../../core/message/text/quote-plain.ts';
import { wire } from '../../messages/make.ts';

/** `¦` stands before the line where the quoted message begins. */
const replies: Readonly<Record<string, string>> = {
  'English, marked': 'Yes.\n\n¦On Mon, Nov 23, 2026 at 12:00 PM Ann <ann@example.org> wrote:\n\n> old\n> text\n',
  'English, folded': 'Yes.\n\n¦On Mon, Nov 23, 2026 at 12:00 PM Ann Example\n<ann@example.org> wrote:\n> old\n',
  'English, not marked': 'Yes.\n¦On 23/11/2026, Ann wrote:\nold text\n',
  German: 'Ja.\n\n¦Am 23.11.26 um 12:00 schrieb Ann <ann@example.org>:\n> alt\n',
  French: 'Oui.\n\n¦Le lun. 23 nov. 2026 à 12:00, Ann <ann@example.org> a écrit :\n\n> vieux\n',
  Spanish: 'Sí.\n\n¦El lun, 23 nov 2026 a las 12:00, Ann (<ann@example.org>) escribió:\n> viejo\n',
  Italian: 'Sì.\n\n¦Il giorno lun 23 nov 2026 alle ore 12:00 Ann <ann@example.org> ha scritto:\n> vecchio\n',
  Portuguese: 'Sim.\n\n¦Em seg., 23 de nov. de 2026 às 12:00, Ann <ann@example.org> escreveu:\n> velho\n',
  Dutch: 'Ja.\n\n¦Op ma 23 nov 2026 om 12:00 schreef Ann <ann@example.org>:\n> oud\n',
  Swedish: 'Ja.\n\n¦Den mån 23 nov. 2026 kl 12:00 skrev Ann <ann@example.org>:\n> gammal\n',
  Polish: 'Tak.\n\n¦W dniu 23.11.2026 o 12:00, Ann napisał(a):\n> stary\n',
  Russian: 'Да.\n\n¦23.11.2026 12:00, Ann пишет:\n> старый\n',
  Japanese: 'はい。\n\n¦2026年11月23日(月) 12:00 Ann <ann@example.org>のメール:\n> 古い\n',
  'Japanese, Gmail without a verb': 'はい。\n\n¦2026年11月23日(月) 12:00 Ann <ann@example.org>:\n\n> 古い\n',
  'Outlook, Spanish block': 'Sí.\n\n¦De: Ann\nEnviado el: lunes\nPara: Bob\n\nviejo\n',
  Chinese: '好。\n\n¦Ann <ann@example.org> 于2026年11月23日周一 12:00写道：\n> 旧\n',
  'Outlook, title': 'Yes.\n\n¦-----Original Message-----\nFrom: Ann\nSent: Monday\nTo: Bob\n\nold\n',
  'Outlook, German title': 'Ja.\n\n¦-----Ursprüngliche Nachricht-----\nVon: Ann\n\nalt\n',
  'Outlook, block':
    'Yes.\n\n¦________________________________\nFrom: Ann <ann@example.org>\nSent: Monday, November 23, 2026\nTo: Bob\n\nold\n',
  'Outlook, German block': 'Ja.\n\n¦Von: Ann\nGesendet: Montag, 23. November 2026\nAn: Bob\n\nalt\n',
  'a forwarded message': 'See below.\n\n¦---------- Forwarded message ---------\nFrom: Ann\nDate: Mon\n\nold\n',
  'marks alone': 'Yes.\n\n¦> old\n>\n> text\n\n\n',
  'answers between marks': 'Hi\n> a\nyes\n> b\nno\n¦> c\n',
};

describe('the quoted message begins', () => {
  test.each(Object.entries(replies))('%s', (_, marked) => {
    const before = marked.slice(0, marked.indexOf('¦'));
    const expected = before.split('\n').length - 1;
    expect(findQuotedLine(marked.replace('¦', '').split('\n'))).toBe(expected);
  });
});

test.each([
  ['no reply', 'Hello\n\nOn Monday I wrote: nothing.\nBye\n'],
  ['an answer below the quoted message', 'On Mon, 23 Nov 2026 Ann wrote:\n> old\n\nnew\n'],
  ['an answer below marks', 'Hi\n> old\nnew\n'],
  ['prose that names senders', 'From: here to there\nit is far\n'],
])('%s has nothing quoted at its end', (_, text) => {
  expect(findQuotedLine(text.split('\n'))).toBe(-1);
});

const insert = (body: string): string | null => {
  const message = openMessage(wire(`Content-Type: text/plain; charset=utf-8\n\n${body}`));
  message.edit([{ kind: 'insert-text', position: 'below-newest-reply', plain: '-- \nAd\n', html: '' }]);
  return message.text();
};

test('text goes above the quoted message, or to the end', () => {
  expect(insert('Yes.\n\nOn 1 Jan 2026 Ann wrote:\n> old\n')).toBe(
    'Yes.\n\n-- \nAd\nOn 1 Jan 2026 Ann wrote:\n> old\n',
  );
  expect(insert('Yes.\n')).toBe('Yes.\n-- \nAd\n');
});
