import type { OpenMessage } from '../../../message/message.ts';
import type { Certificate } from '../../certificate.ts';
import { oids } from '../../cms/oids.ts';
import { decrypt, readRecipientsOf, type Envelope } from '../../decrypt.ts';
import { encrypt, findRecipients, type WrittenCipher } from '../../encrypt.ts';
import { decodedBody, writePkcs7Mime } from '../../entity.ts';
import type { Keystore } from '../../keystore.ts';
import type { RsaPadding } from '../../private-key.ts';
import { protectedParts } from '../../smime.ts';
import { refuseUse } from '../trusted.ts';
import { verifySigned } from '../verified.ts';
import { openView } from '../view.ts';
import { refuseHeaders, refused, type Course, type Layer, type Refused, type Target } from './layer.ts';
import { putBack } from './signed.ts';

type Enveloped = Extract<Envelope, { readonly kind: 'enveloped' }>;

/**
 * The content is decrypted, edited, and encrypted again to exactly who could read it before. It is never written
 * anywhere but into what is encrypted again.
 */
export async function openRekey(course: Course, { message, found, edits }: Target): Promise<Layer | Refused> {
  const { keystore } = course.parts;
  if (!keystore) return refused('there is no keystore');
  if (found.part !== message.root)
    return refused('it is one part of several: others could be made to quote it (EFAIL)');
  const cms = await decodedBody(message.octets, found.part);
  const envelope = await readRecipientsOf(cms);
  if (envelope.kind === 'malformed') return refused('it is damaged');
  if (envelope.cipher === null) return refused('it is encrypted with a cipher that is not supported');
  const keys = keystore.keys().filter(({ canDecrypt }) => canDecrypt);
  const ours = findRecipients(
    envelope.recipients,
    keys.map(({ certificate }) => certificate),
  );
  if (ours.kind === 'missing' && ours.ids.length === envelope.recipients.length)
    return refused('no key of a recipient is here');
  const recipients = recipientsOf(course, keystore, envelope);
  if (recipients.kind === 'refused') return recipients;
  const opened = await decrypt(
    cms,
    keys.map(({ id, certificate }) => ({ certificate, use: keystore.use(id) })),
  );
  if (opened.kind === 'failed' || opened.contentType !== oids.data) return refused('it cannot be decrypted');
  const view = await openView(message, found.part, { entity: opened.content, part: null }, edits);
  if (!('find' in view)) return view;
  const reason = refuseHeaders(view.protection, edits);
  if (reason !== null) return refused(reason);
  if (!opened.authenticated && !(await isSigned(course, view.message))) {
    if (!course.policy.rekeyUnsigned) return refused(unsigned);
    course.needs.add('rekeyUnsigned');
  }
  const cipher = cipherFor(envelope);
  return {
    kind: 'layer',
    message: view.message,
    edits: view.edits,
    isDecrypted: true,
    close: (octets) =>
      putBack(view, octets, async (entity) => {
        const made = await encrypt(entity, recipients.all, cipher);
        return made.kind === 'encrypted' ? writePkcs7Mime(made.octets, made.smimeType) : null;
      }),
  };
}

const unsigned = 'anybody could have changed it: it is encrypted with CBC and has no valid signature inside (EFAIL)';

type Recipients = { readonly kind: 'recipients'; readonly all: Parameters<typeof encrypt>[1] };

/** Everybody it was encrypted for, each with a certificate that may be used. */
function recipientsOf({ parts, at }: Course, keystore: Keystore, envelope: Enveloped): Recipients | Refused {
  const { recipients, paddings } = envelope;
  const known = [
    ...keystore.keys().map(({ certificate }) => certificate),
    ...keystore.certificates.all().flatMap((one) => (mayBe(one, recipients) ? [one.octets] : [])),
  ];
  const found = findRecipients(recipients, known);
  if (found.kind === 'missing')
    return refused(`${found.ids.length} of ${recipients.length} recipients have no certificate here`);
  for (const certificate of found.certificates) {
    const reason = refuseUse(certificate, 'encrypt', parts.trust, at);
    if (reason !== null) return refused(`a recipient: ${reason}`);
  }
  const all = found.certificates.map((certificate, index) => ({ certificate, padding: written(paddings[index]) }));
  return { kind: 'recipients', all };
}

/** Whether a certificate is worth a closer look: there may be tens of thousands. */
const mayBe = ({ serial, octets }: Certificate, ids: Enveloped['recipients']): boolean =>
  ids.some((id) =>
    id?.kind === 'key-identifier'
      ? octets.includes(id.keyIdentifier)
      : id?.serial.toString('hex').replace(/^0+/, '') === serial.replace(/^0+/, ''),
  );

/** As it was; what only odd senders write is written as everybody does. */
function written(padding: RsaPadding | null | undefined): RsaPadding {
  if (padding?.kind !== 'oaep') return { kind: 'pkcs1' };
  return { kind: 'oaep', digest: padding.digest, label: new Uint8Array(0) };
}

/** Never a weaker one: what is only read becomes the next better. */
function cipherFor({ authenticated, cipher }: Enveloped): WrittenCipher {
  if (authenticated) return cipher === 'aes-128-gcm' ? cipher : 'aes-256-gcm';
  return cipher === 'aes-128-cbc' ? cipher : 'aes-256-cbc';
}

/** Whether all that was decrypted is signed, and the signature counts. */
async function isSigned({ parts }: Course, message: OpenMessage): Promise<boolean> {
  const [inside] = protectedParts(message);
  if (inside?.part !== message.root || inside.protection !== 'signed') return false;
  return (await verifySigned(message, inside.part, parts))?.isValid ?? false;
}
