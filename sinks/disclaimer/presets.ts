/** Texts for those who bring none, by language. They say little on purpose: what binds whom is for a lawyer. */
const texts = {
  confidential: {
    en: 'This message is confidential and meant only for the persons it is addressed to. If you received it by mistake, please tell the sender and delete it.',
    de: 'Diese Nachricht ist vertraulich und nur für die Personen bestimmt, an die sie gerichtet ist. Wenn Sie sie irrtümlich erhalten haben, benachrichtigen Sie bitte den Absender und löschen Sie sie.',
    fr: 'Ce message est confidentiel et destiné uniquement aux personnes à qui il est adressé. Si vous l’avez reçu par erreur, merci d’en avertir l’expéditeur et de le supprimer.',
    es: 'Este mensaje es confidencial y está destinado únicamente a las personas a quienes va dirigido. Si lo ha recibido por error, avise al remitente y elimínelo.',
    ja: 'このメッセージには機密情報が含まれており、宛先に記載された方のみを対象としています。誤って受信された場合は、送信者にお知らせのうえ、削除してください。',
  },
  external: {
    en: 'This message comes from outside the organisation. Open links and attachments only if you know the sender and expected it.',
    de: 'Diese Nachricht kommt von außerhalb der Organisation. Öffnen Sie Links und Anhänge nur, wenn Sie den Absender kennen und die Nachricht erwartet haben.',
    fr: 'Ce message provient de l’extérieur de l’organisation. N’ouvrez les liens et les pièces jointes que si vous connaissez l’expéditeur et attendiez ce message.',
    es: 'Este mensaje procede de fuera de la organización. Abra enlaces y adjuntos solo si conoce al remitente y esperaba este mensaje.',
    ja: 'このメッセージは組織の外部から送信されました。送信者をご存じで、受信の心当たりがある場合に限り、リンクや添付ファイルを開いてください。',
  },
} as const;

export const presetNames = ['confidential', 'external'] as const;
export type Preset = (typeof presetNames)[number];

/** The text as a template that chooses its language by `{{ language }}`, `de-AT` as `de`; English where there is none. */
export function presetText(preset: Preset): string {
  const { en, ...others } = texts[preset];
  const cases = Object.entries(others).map(([tag, text]) => `{% when '${tag}' %}${text}`);
  return `{% assign main = language | split: '-' | first %}{% case main %}${cases.join('')}{% else %}${en}{% endcase %}`;
}

/** Every wording of a preset: what is looked for in a message, whatever its language. */
export const presetWordings = (preset: Preset): readonly string[] => Object.values(texts[preset]);
