import { Fault } from '../../errors.ts';
import type { MessageEdit, OpenMessage } from '../../message/message.ts';
import { breathe } from '../heavy.ts';
import type { ProtectedPart } from '../smime.ts';
import type { Fallback, ProtectionAction } from './contract.ts';
import { openCompressed } from './layers/compressed.ts';
import { refused, type Close, type Course, type Layer, type Refused, type Target } from './layers/layer.ts';
import { openRekey } from './layers/rekey.ts';
import { openResign } from './layers/resign.ts';
import { openExplain, openStrip, refuseSigned, type SignedTarget } from './layers/signed.ts';
import { openWrap } from './layers/wrap.ts';
import { guard } from './guarded.ts';
import { isPgp, touchedPart } from './touched.ts';
import { verifySigned, type Verified } from './verified.ts';

/** Protections inside one another that are opened. @source requirement R56: triple wrapping and then some */
const depthLimit = 6;

/** What is to become of a message, with all that protects it. */
export type Outcome =
  | { readonly kind: 'free' }
  | (Decided & { readonly kind: 'skip' | 'reject' })
  | (Decided & {
      readonly kind: 'opened';
      readonly message: OpenMessage;
      readonly edits: readonly MessageEdit[];
      readonly isDecrypted: boolean;
      readonly close: Close;
    });

type Decided = {
  readonly action: ProtectionAction;
  readonly reason: string;
  readonly fallbacks: readonly Fallback[];
};

/** Takes off one protection after the other until the edits touch none, each in the first way the policy has that is possible. */
export async function openLayers(
  course: Course,
  message: OpenMessage,
  edits: readonly MessageEdit[],
  depth = 0,
): Promise<Outcome> {
  const found = touchedPart(message, edits);
  if (!found) return { kind: 'free' };
  const what = `${found.protection}: ${found.what} at ${found.part.path || 'the top'}`;
  const fallbacks: Fallback[] = [];
  const decided = (action: ProtectionAction, reason: string): Decided => ({ action, reason, fallbacks });
  if (depth === depthLimit) return { kind: 'skip', ...decided('skip', `${what}, nested deeper than ${depthLimit}`) };
  const verified = await verify(course, message, found, depth);
  for (const action of actionsFor(course, found, depth)) {
    await breathe(message.octets);
    if (action === 'skip') return { kind: 'skip', ...decided('skip', what) };
    if (action === 'reject') return { kind: 'reject', ...decided('reject', what) };
    const layer = await openLayer(course, action, { message, found, edits }, verified).catch(refuseFault);
    if (layer.kind === 'refused') {
      fallbacks.push({ action, reason: layer.reason });
      continue;
    }
    if (action === 'wrap') return openedBy(layer, decided(action, what));
    await breathe(layer.message.octets);
    const inner = await openLayers(course, layer.message, layer.edits, depth + 1);
    if (inner.kind === 'free') return openedBy({ ...layer, message: guard(layer.message) }, decided(action, what));
    fallbacks.push(...inner.fallbacks);
    if (inner.kind === 'reject') return { kind: 'reject', ...decided('reject', `${what}, inside: ${inner.reason}`) };
    if (inner.kind === 'opened')
      return around(layer, inner, decided(action, `${what}, inside: ${inner.action} ${inner.reason}`));
    fallbacks.push({ action, reason: `inside: ${inner.reason}` });
  }
  return { kind: 'skip', ...decided('skip', what) };
}

const openedBy = ({ message, edits, isDecrypted, close }: Layer, decided: Decided): Outcome => ({
  kind: 'opened',
  ...decided,
  message,
  edits,
  isDecrypted,
  close,
});

function around(layer: Layer, inner: Extract<Outcome, { readonly kind: 'opened' }>, decided: Decided): Outcome {
  return {
    ...inner,
    ...decided,
    isDecrypted: layer.isDecrypted || inner.isDecrypted,
    async close(octets) {
      const closed = await inner.close(octets);
      return closed.kind === 'sealed' ? layer.close(closed.octets) : closed;
    },
  };
}

/** Signatures are looked at before anything else, whatever is to be done. */
async function verify(
  course: Course,
  message: OpenMessage,
  found: ProtectedPart,
  depth: number,
): Promise<Verified | null> {
  if (found.protection !== 'signed' || isPgp(found) || !spend(course)) return null;
  const verified = await verifySigned(message, found.part, course.parts);
  for (const [index, record] of (verified?.records ?? []).entries())
    course.signers.set(`${depth} ${found.part.path} ${record.fingerprint ?? ''} ${index}`, record);
  return verified;
}

/** What is worth trying, in the order of the policy. Cryptography that cannot be read is left alone or rejected. */
function actionsFor(
  { policy }: Course,
  { protection, what }: ProtectedPart,
  depth: number,
): readonly ProtectionAction[] {
  if (protection === 'signed') return policy.signed;
  if (protection === 'encrypted') return policy.encrypted;
  const isInside = depth > 0 && what.startsWith('other CMS');
  const rejects = [policy.signed, policy.encrypted].some((list) => beforeSkip(list).includes('reject'));
  return [...(isInside ? (['rekey'] as const) : []), rejects ? 'reject' : 'skip'];
}

/** Nothing that stands after `skip` is ever taken. */
function beforeSkip(actions: readonly ProtectionAction[]): readonly ProtectionAction[] {
  const at = actions.indexOf('skip');
  return at < 0 ? actions : actions.slice(0, at);
}

async function openLayer(
  course: Course,
  action: Exclude<ProtectionAction, 'skip' | 'reject'>,
  target: Target,
  verified: Verified | null,
): Promise<Layer | Refused> {
  if (action === 'wrap') return openWrap(target);
  if (isPgp(target.found)) return refused('OpenPGP is not opened: only skip, wrap and reject are possible');
  if (!spend(course)) return refused('too many protections inside one another');
  if (target.found.protection === 'unknown-crypto') return openCompressed(target);
  if (action === 'rekey') return openRekey(course, target);
  if (!verified) return refused('it has no signature that can be read');
  const signed: SignedTarget = { ...target, verified };
  const reason = refuseSigned(course, signed);
  if (reason !== null) return refused(reason);
  if (action === 'resign') return openResign(course, signed);
  return action === 'strip' ? openStrip(course, signed) : openExplain(course, signed);
}

/** A key that cannot be used now is no reason to lose the message: the next action is tried. */
function refuseFault(cause: unknown): Refused {
  if (cause instanceof Fault) return refused(`a key cannot be used: ${cause.code}`);
  throw cause;
}

function spend(course: Course): boolean {
  course.budget -= 1;
  return course.budget >= 0;
}
