import { createHash } from 'node:crypto';
import { openMessage, type OpenMessage } from '../../../message/message.ts';
import { isSameAddress } from '../../certificate.ts';
import { createCanonicalText } from '../../cms/canonical-text.ts';
import { piecesOf, type OctetSource } from '../../cms/octet-source.ts';
import { writeMultipartSigned, writePkcs7Mime } from '../../entity.ts';
import type { KeyEntry, Keystore } from '../../keystore.ts';
import { signDetached, signOpaque, type Signing } from '../../sign.ts';
import { addNotice } from '../notices/notice.ts';
import { originatorsOf } from '../originators.ts';
import { refuseUse } from '../trusted.ts';
import type { Verified } from '../verified.ts';
import { problem, refused, type Course, type Layer, type Refused } from './layer.ts';
import { factsOf, layerOf, putBack, refusePlace, viewSigned, type SignedTarget } from './signed.ts';

/** Who signs in the place of the signer. */
type Successor = {
  readonly kind: 'successor';
  readonly entry: KeyEntry;
  readonly keystore: Keystore;
  /** What Sender says from now on; null when it stays. */
  readonly sender: string | null;
};

/**
 * The content is edited and signed again, detached or opaque as it was. Only what verified: a signature that proves
 * nothing never becomes one that does.
 */
export async function openResign(course: Course, target: SignedTarget): Promise<Layer | Refused> {
  const { message, found, verified } = target;
  if (!verified.isValid) {
    const bad = verified.records.find(({ verdict }) => verdict !== 'valid');
    return refused(`the signature is ${bad?.verdict ?? 'missing'}: ${bad?.reason ?? ''}`);
  }
  const successor = findSuccessor(course, target);
  if (successor.kind === 'refused') return successor;
  const placed = refusePlace(message, found.part);
  if (placed !== null) return refused(placed);
  const view = await viewSigned(target);
  if (!('find' in view)) return view;
  const facts = factsOf('resign', course, verified);
  return {
    ...layerOf(view),
    async close(octets) {
      const named = successor.sender === null ? octets : await setSender(octets, successor.sender);
      const ready = named && (successor.sender === null ? named : await addNotice(named, facts, course.policy));
      if (!ready) return problem('there is no place for the notice or for Sender');
      return putBack(view, ready, (entity, lineEnd) =>
        signEntity(entity, { lineEnd, verified, successor, at: course.at }),
      );
    },
  };
}

/** The key that signs: of who the message is from, or the gateway's. @source RFC 8550 §3 */
function findSuccessor({ policy, parts, at }: Course, { message, verified }: SignedTarget): Successor | Refused {
  const { keystore, trust } = parts;
  if (!keystore) return refused('there is no keystore');
  const isGateway = policy.resignAs === 'gateway';
  if (isGateway && policy.gateway === null) return refused('no gateway is named');
  const owners = isGateway ? [] : signedFor(message, verified);
  const [first] = owners;
  const entries = isGateway
    ? keystore.keysOfGateway(policy.gateway ?? '')
    : first === undefined
      ? []
      : keystore.keysOf(first);
  const who = isGateway ? `the gateway ${policy.gateway ?? ''}` : owners.join(', ') || 'the sender';
  if (entries.length === 0) return refused(`there is no key of ${who}`);
  let reason = `the key of ${who} may not sign mail`;
  for (const entry of entries) {
    if (!entry.canSign || !owners.every((owner) => entry.addresses.some((one) => isSameAddress(one, owner)))) continue;
    const why = refuseUse(entry.certificate, 'sign', trust, at);
    const address = isGateway ? gatewayAddress(parts, policy.gateway ?? '', entry) : '';
    if (why === null && address !== null)
      return { kind: 'successor', entry, keystore, sender: isGateway ? address : null };
    reason = `the key of ${who}: ${why ?? 'its certificate names no address for Sender'}`;
  }
  return refused(reason);
}

/** The addresses the signer signed for: all of From, or Sender. Nobody else may sign in the signer's place. */
function signedFor(message: OpenMessage, { field }: Verified): readonly string[] {
  const { from, sender } = originatorsOf(message);
  if (field === 'from') return from;
  return sender === null ? [] : [sender];
}

const gatewayAddress = (parts: Course['parts'], name: string, { addresses }: KeyEntry): string | null =>
  parts.gatewayAddress?.(name) ?? (name.includes('@') ? name : (addresses[0] ?? null));

async function setSender(octets: Uint8Array, sender: string): Promise<Uint8Array | null> {
  const message = openMessage(octets);
  const [outcome] = message.edit([{ kind: 'set-field', name: 'Sender', value: `<${sender}>` }]);
  return outcome?.kind === 'done' ? await message.writeInTurns() : null;
}

type Resigning = {
  readonly lineEnd: string;
  readonly verified: Verified;
  readonly successor: Successor;
  /** Epoch ms. */
  readonly at: number;
};

async function signEntity(entity: Buffer, { lineEnd, verified, successor, at }: Resigning): Promise<Buffer | null> {
  const { entity: was, results } = verified;
  const { entry, keystore } = successor;
  const [first] = results;
  const padding = first?.signature === 'rsa-pss' ? 'pss' : 'pkcs1';
  const signing: Signing = {
    signers: [{ certificate: entry.certificate, use: keystore.use(entry.id), padding }],
    chain: entry.chain,
    signingTime: at,
    ...(first?.capabilities ? { capabilities: first.capabilities } : {}),
  };
  if (was.kind === 'opaque') {
    const signed = await signOpaque(entity, signing);
    return signed.kind === 'signed' ? writePkcs7Mime(signed.octets, 'signed-data') : null;
  }
  const signed = await signDetached(lineEnd === '\n' ? canonical(entity) : entity, signing);
  if (signed.kind !== 'signed') return null;
  const boundary = createHash('sha256').update(signed.octets).digest('hex').slice(0, 40);
  return writeMultipartSigned(entity, signed, boundary);
}

/** What is signed has CRLF, whatever a message at rest has (RFC 8551 §3.1.1). */
const canonical = (octets: Uint8Array): OctetSource =>
  async function* canonicalPieces() {
    const convert = createCanonicalText();
    for (const piece of piecesOf(octets)) yield* convert(piece);
  };
