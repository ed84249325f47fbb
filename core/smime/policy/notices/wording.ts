import type { NoticeLanguage, SignerVerdict } from '../contract.ts';

/** What a notice is about. */
export type NoticeKind = 'strip' | 'explain' | 'resign';

type Words = {
  readonly notices: Readonly<Record<NoticeKind, string>>;
  readonly verdicts: Readonly<Record<SignerVerdict, string>>;
  /** When nobody can be named. */
  readonly nobody: string;
};

/** Built-in wording. `{signer}`, `{verdict}` and `{time}` stand for what was found. */
export const words: Readonly<Record<NoticeLanguage, Words>> = {
  en: {
    notices: {
      strip:
        'This message was signed by {signer}; when it was checked at {time}, the signature was {verdict}. It was removed because text was added on the way.',
      explain:
        'This message was signed by {signer}; when it was checked at {time}, the signature was {verdict}. Your mail program will show it as invalid because text was added on the way.',
      resign:
        'This message was signed by {signer}; when it was checked at {time}, the signature was {verdict}. Text was added on the way, and the mail gateway signed it again.',
    },
    verdicts: {
      valid: 'valid',
      invalid: 'not valid',
      weak: 'made with a broken algorithm',
      untrusted: 'not from a trusted certificate',
      mismatch: 'not that of the sender',
      unknown: 'impossible to check',
    },
    nobody: 'somebody unknown',
  },
  de: {
    notices: {
      strip:
        'Diese Nachricht war von {signer} signiert; bei der Prüfung am {time} war die Signatur {verdict}. Sie wurde entfernt, weil unterwegs Text hinzugefügt wurde.',
      explain:
        'Diese Nachricht war von {signer} signiert; bei der Prüfung am {time} war die Signatur {verdict}. Ihr Mailprogramm wird sie als ungültig anzeigen, weil unterwegs Text hinzugefügt wurde.',
      resign:
        'Diese Nachricht war von {signer} signiert; bei der Prüfung am {time} war die Signatur {verdict}. Unterwegs wurde Text hinzugefügt, und das Mail-Gateway hat sie neu signiert.',
    },
    verdicts: {
      valid: 'gültig',
      invalid: 'ungültig',
      weak: 'mit einem gebrochenen Verfahren erstellt',
      untrusted: 'nicht von einem vertrauenswürdigen Zertifikat',
      mismatch: 'nicht die des Absenders',
      unknown: 'nicht prüfbar',
    },
    nobody: 'Unbekannt',
  },
  fr: {
    notices: {
      strip:
        'Ce message était signé par {signer} ; lors de la vérification le {time}, la signature était {verdict}. Elle a été retirée parce que du texte a été ajouté en chemin.',
      explain:
        'Ce message était signé par {signer} ; lors de la vérification le {time}, la signature était {verdict}. Votre messagerie l’affichera comme non valide parce que du texte a été ajouté en chemin.',
      resign:
        'Ce message était signé par {signer} ; lors de la vérification le {time}, la signature était {verdict}. Du texte a été ajouté en chemin, et la passerelle de messagerie l’a signé de nouveau.',
    },
    verdicts: {
      valid: 'valide',
      invalid: 'non valide',
      weak: 'faite avec un algorithme cassé',
      untrusted: 'faite avec un certificat non approuvé',
      mismatch: 'celle de quelqu’un d’autre que l’expéditeur',
      unknown: 'impossible à vérifier',
    },
    nobody: 'un inconnu',
  },
  es: {
    notices: {
      strip:
        'Este mensaje estaba firmado por {signer}; al comprobarla el {time}, la firma era {verdict}. Se ha quitado porque se añadió texto por el camino.',
      explain:
        'Este mensaje estaba firmado por {signer}; al comprobarla el {time}, la firma era {verdict}. Su programa de correo la mostrará como no válida porque se añadió texto por el camino.',
      resign:
        'Este mensaje estaba firmado por {signer}; al comprobarla el {time}, la firma era {verdict}. Se añadió texto por el camino y la pasarela de correo lo ha firmado de nuevo.',
    },
    verdicts: {
      valid: 'válida',
      invalid: 'no válida',
      weak: 'hecha con un algoritmo roto',
      untrusted: 'de un certificado que no es de confianza',
      mismatch: 'de alguien que no es el remitente',
      unknown: 'imposible de comprobar',
    },
    nobody: 'alguien desconocido',
  },
  ja: {
    notices: {
      strip:
        'このメッセージには {signer} の署名がありました。{time} に確認した結果: {verdict}。配送中に文章が追加されたため、署名は取り除かれました。',
      explain:
        'このメッセージには {signer} の署名があります。{time} に確認した結果: {verdict}。配送中に文章が追加されたため、お使いのメールソフトでは署名が無効と表示されます。',
      resign:
        'このメッセージには {signer} の署名がありました。{time} に確認した結果: {verdict}。配送中に文章が追加され、メールゲートウェイが署名し直しました。',
    },
    verdicts: {
      valid: '有効',
      invalid: '無効',
      weak: '安全でない方式による署名',
      untrusted: '信頼されていない証明書による署名',
      mismatch: '差出人のものではない署名',
      unknown: '確認できない署名',
    },
    nobody: '不明な人',
  },
};
