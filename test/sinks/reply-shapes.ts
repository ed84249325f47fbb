/**
 * Replies as mail programs write them, made for these tests. What is new says NEW, the last new line NEW-END; what is
 * quoted begins with OLD. Between the two belongs the disclaimer.
 */
export type ReplyShape = { readonly name: string; readonly text?: string; readonly html?: string };

const marked = 'OLD first line\nOLD second line'.replaceAll(/^/gm, '> ');

/** `On … wrote:` above lines marked with `>`. */
const attributed = (name: string, lead: string): ReplyShape => ({
  name,
  text: `NEW thanks, fine with me.\n\nNEW-END Jane\n\n${lead}\n\n${marked}\n`,
});

const outlook = (name: string, [from, sent, to, subject]: readonly string[], line = ''): ReplyShape => ({
  name,
  text: `NEW thanks.\n\nNEW-END Jane\n\n${line}${from} OLD Bob <bob@else.example>\n${sent} OLD 23.11.2026 10:00\n${to} Jane\n${subject} plan\n\nOLD text of the first message\n`,
});

const titled = (name: string, title: string): ReplyShape => ({
  name,
  text: `NEW agreed.\n\nNEW-END Jane\n\n${title}\nOLD header and text\nOLD more text\n`,
});

const page = (name: string, body: string): ReplyShape => ({
  name,
  html: `<html><head><style>p{margin:0}</style></head><body>${body}</body></html>`,
});

export const replyShapes: readonly ReplyShape[] = [
  attributed('Gmail en', 'On Mon, Nov 23, 2026 at 10:00 AM OLD Bob <bob@else.example> wrote:'),
  attributed(
    'Gmail en, folded',
    'On Mon, Nov 23, 2026 at 10:00 AM OLD Bob With A Long Name\n<bob@else.example> wrote:',
  ),
  attributed('Gmail de', 'Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb OLD Bob <bob@else.example>:'),
  attributed('Gmail fr', 'Le lun. 23 nov. 2026 à 10:00, OLD Bob <bob@else.example> a écrit :'),
  attributed('Gmail es', 'El lun, 23 nov 2026 a las 10:00, OLD Bob (<bob@else.example>) escribió:'),
  attributed('Gmail ja', '2026年11月23日(月) 10:00 OLD Bob <bob@else.example>:'),
  attributed('Gmail it', 'Il giorno lun 23 nov 2026 alle ore 10:00 OLD Bob <bob@else.example> ha scritto:'),
  attributed('Gmail pt-BR', 'Em seg., 23 de nov. de 2026 às 10:00, OLD Bob <bob@else.example> escreveu:'),
  attributed('Gmail nl', 'Op ma 23 nov 2026 om 10:00 schreef OLD Bob <bob@else.example>:'),
  attributed('Gmail pl', 'pon., 23 lis 2026 o 10:00 OLD Bob <bob@else.example> napisał(a):'),
  attributed('Gmail sv', 'Den mån 23 nov. 2026 kl 10:00 skrev OLD Bob <bob@else.example>:'),
  attributed('Apple Mail en', 'On 23. Nov 2026, at 10:00, OLD Bob <bob@else.example> wrote:'),
  attributed('Apple Mail de', 'Am 23.11.2026 um 10:00 schrieb OLD Bob <bob@else.example>:'),
  attributed('Apple Mail fr', 'Le 23 nov. 2026 à 10:00, OLD Bob <bob@else.example> a écrit :'),
  attributed('Apple Mail es', 'El 23 nov 2026, a las 10:00, OLD Bob <bob@else.example> escribió:'),
  attributed('Apple Mail ja', '2026/11/23 10:00、OLD Bob <bob@else.example>のメール:'),
  attributed('Thunderbird en', 'On 11/23/26 10:00, OLD Bob wrote:'),
  attributed('Thunderbird de', 'Am 23.11.26 um 10:00 schrieb OLD Bob:'),
  attributed('Thunderbird ja', 'On 2026/11/23 10:00, OLD Bob wrote:'),
  attributed('Mutt', 'On Mon, Nov 23, 2026 at 10:00:00AM +0100, OLD Bob wrote:'),
  attributed('iPhone', 'Sent from my iPhone\n\n> On 23 Nov 2026, at 10:00, OLD Bob <bob@else.example> wrote:\n>'),
  { name: 'marks alone, no attribution', text: `NEW yes.\nNEW-END Jane\n\n${marked}\n` },
  outlook('Outlook en', ['From:', 'Sent:', 'To:', 'Subject:']),
  outlook('Outlook en with a line above', ['From:', 'Sent:', 'To:', 'Subject:'], '________________________________\n'),
  outlook('Outlook de', ['Von:', 'Gesendet:', 'An:', 'Betreff:']),
  outlook('Outlook fr', ['De :', 'Envoyé :', 'À :', 'Objet :']),
  outlook('Outlook es', ['De:', 'Enviado el:', 'Para:', 'Asunto:']),
  outlook('Outlook ja', ['差出人:', '送信日時:', '宛先:', '件名:']),
  outlook('Outlook it', ['Da:', 'Inviato:', 'A:', 'Oggetto:']),
  outlook('Outlook with emphasis', ['*From:*', '*Sent:*', '*To:*', '*Subject:*']),
  titled('Exchange en', '-----Original Message-----'),
  titled('Exchange de', '-----Ursprüngliche Nachricht-----'),
  titled('Exchange fr', "-----Message d'origine-----"),
  titled('Exchange es', '-----Mensaje original-----'),
  titled('Exchange ja', '-----元のメッセージ-----'),
  titled('mobile', '-------- Original message --------'),
  page(
    'Gmail HTML',
    '<div dir="ltr">NEW thanks.<div>NEW-END</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon OLD Bob wrote:<br></div><blockquote class="gmail_quote">OLD text</blockquote></div>',
  ),
  page(
    'Outlook for Windows',
    '<div class="WordSection1"><p class="MsoNormal">NEW thanks.</p><p class="MsoNormal">NEW-END</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> OLD Bob<br><b>Sent:</b> Monday<br></p></div></div><p class="MsoNormal">OLD text</p></div>',
  ),
  page(
    'Outlook on the web',
    '<div>NEW thanks.</div><div>NEW-END</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> OLD Bob</div><div>OLD text</div>',
  ),
  page(
    'Outlook mobile',
    '<div dir="auto">NEW thanks. NEW-END</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> OLD Bob</font></div><div>OLD text</div>',
  ),
  page(
    'Outlook for Mac',
    '<p>NEW thanks.</p><p>NEW-END</p><span id="OLK_SRC_BODY_SECTION"><div style="border-top:#b5c4df 1pt solid"><b>Von: </b>OLD Bob</div><div>OLD text</div></span>',
  ),
  page(
    'Apple Mail HTML',
    'NEW thanks.<div>NEW-END<br><div><br><blockquote type="cite"><div>On 23. Nov 2026 OLD Bob wrote:</div><div>OLD text</div></blockquote></div></div>',
  ),
  page(
    'Thunderbird HTML',
    '<p>NEW thanks.</p><p>NEW-END</p><div class="moz-cite-prefix">Am 23.11.26 schrieb OLD Bob:<br></div><blockquote type="cite" cite="mid:1@x">OLD text</blockquote>',
  ),
  page(
    'Yahoo',
    '<div class="ydp1">NEW thanks. NEW-END</div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div>On Monday OLD Bob wrote:</div><div>OLD text</div></div>',
  ),
  page(
    'Proton',
    '<div>NEW thanks. NEW-END</div><div class="protonmail_quote">On Monday OLD Bob wrote:<br><blockquote class="protonmail_quote">OLD text</blockquote></div>',
  ),
  page('Lotus Notes', '<p>NEW thanks. NEW-END</p><hr><blockquote>OLD Bob, 23.11.2026<br>OLD text</blockquote>'),
  {
    name: 'Gmail de, both forms',
    text: `NEW danke.\nNEW-END\n\nAm Mo., 23. Nov. 2026 um 10:00 Uhr schrieb OLD Bob <bob@else.example>:\n\n${marked}\n`,
    html: '<div dir="ltr">NEW danke. NEW-END</div><br><div class="gmail_quote"><div class="gmail_attr">Am Mo. schrieb OLD Bob:</div><blockquote>OLD text</blockquote></div>',
  },
  {
    name: 'Outlook fr, both forms',
    text: 'NEW merci.\nNEW-END\n\nDe : OLD Bob\nEnvoyé : lundi\nÀ : Jane\nObjet : plan\n\nOLD texte\n',
    html: '<div class="WordSection1"><p>NEW merci. NEW-END</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>De :</b> OLD Bob</p></div><p>OLD texte</p></div>',
  },
];
