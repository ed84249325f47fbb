const list = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split('|'));

/** Verbs of the line above a quoted message: "On Monday Ann <ann@…> wrote:", in the languages mail programs write. */
export const wrote = list(
  'wrote|schrieb|geschrieben|a écrit|ecrit|escribió|escribio|ha scritto|scrisse|escreveu|schreef|geschreven|skrev',
  'kirjoitti|napisał|napisala|napsal|napísal|írta|yazdı|пишет|написал|писал|пише|написав|έγραψε|a scris|je napisao',
  'je napisal|va escriure|写道|寫道|作成|のメッセージ|のメール|書きました|님이 작성|đã viết|כתב|كتب|rašė|rakstīja',
);

/** First words of that line, for when it is folded. */
export const openings = list(
  'On |Am |Le |El |Il |Em |Op |Den |På |W dniu |Dnia |Dne |În |Στις |El dia |Vào |בתאריך|в |在|於|Pe |Dňa ',
);

/** Titles of the line that sets off an earlier message: "-----Original Message-----". */
export const titles = list(
  'original message|forwarded message|begin forwarded message|reply message|original appointment',
  'ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht',
  "message d'origine|message d’origine|message original|message transféré",
  'mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|mesaj original',
  'oorspronkelijk bericht|doorgestuurd bericht|ursprungligt meddelande|originalmeddelande|opprinnelig melding',
  'oprindelig meddelelse|original meddelelse|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna',
  'původní zpráva|eredeti üzenet|исходное сообщение|пересылаемое сообщение|orijinal mesaj|αρχικό μήνυμα',
  '原始邮件|原始郵件|转发邮件信息|元のメッセージ|원본 메시지',
);

/** Names of the field "From" above a message Outlook quotes. */
export const fromNames = list('from|von|de|da|van|från|fra|od|от|lähettäjä|feladó|kimden|发件人|寄件者|差出人');

/** Names of the field "Sent" or "Date" there, without spaces. */
export const dateNames = list(
  'sent|date|gesendet|datum|envoyé|enviado|enviadoel|enviada|enviadaem|fecha|data|inviato|verzonden|skickat|sendt|wysłano|odesláno',
  'отправлено|дата|lähetetty|elküldve|gönderilme|发送时间|寄件日期|送信日時',
);
