import { Fault } from '../../errors.ts';
import type { MessageEdit, OpenMessage } from '../../message/message.ts';
import { breathe } from '../heavy.ts';
import type { ProtectedPart } from '../smime.ts';
import type { Fallback, ProtectionAction } from './contract.ts';
import { actionsFor } from './choices.ts';
import { openCompressed } from './layers/compressed.ts';
import { refused, type Course, type Layer, type Refused, type Target } from './layers/layer.ts';
import { openRekey } from './layers/rekey.ts';
import { openResign } from './layers/resign.ts';
import { openExplain, openStrip, refuseSigned, type SignedTarget } from './layers/signed.ts';
import { openWrap } from './layers/wrap.ts';
import { guard } from './guarded.ts';
import { layersOf, type Decided, type Outcome } from './outcome.ts';
import { isPgp, touchedPart } from './touched.ts';
import { verifySigned, type Verified } from './verified.ts';

/** Protections inside one another that are opened. @source requirement R56: triple wrapping and then some */
const depthLimit = 6;

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
  const { protection } = found;
  const skip: Outcome = { kind: 'skip', protection, action: 'skip', reason: what, fallbacks };
  if (depth === depthLimit) return { ...skip, reason: `${what}, nested deeper than ${depthLimit}` };
  const verified = await verify(course, message, found, depth);
  for (const action of actionsFor(course, found, depth)) {
    await breathe(message.octets);
    if (action === 'skip') return skip;
    if (action === 'reject') return { ...skip, kind: 'reject', action };
    const decided: Decided = { protection, action, reason: what, fallbacks };
    const layer = await openLayer(course, action, { message, found, edits }, verified).catch(refuseFault);
    const outcome = layer.kind === 'refused' ? layer : await openInside(course, layer, decided, depth);
    if (outcome.kind !== 'refused') return outcome;
    fallbacks.push({ action, reason: outcome.reason });
  }
  return skip;
}

/** Goes on with what is inside a layer. Refused when that has to stay as it is. */
async function openInside(course: Course, layer: Layer, decided: Decided, depth: number): Promise<Outcome | Refused> {
  const { protection, action, reason, fallbacks } = decided;
  if (action === 'wrap') return openedBy(layer, decided);
  await breathe(layer.message.octets);
  const inner = await openLayers(course, layer.message, layer.edits, depth + 1);
  if (inner.kind === 'free') return openedBy({ ...layer, message: guard(layer.message) }, decided);
  const known = [...fallbacks, ...inner.fallbacks];
  const both = (what: string): Decided => ({
    protection,
    action,
    reason: `${reason}, inside: ${what}`,
    fallbacks: known,
  });
  if (inner.kind === 'reject') return { kind: 'reject', ...both(inner.reason), action: 'reject' };
  if (inner.kind === 'opened') return around(layer, inner, both(`${inner.action} ${inner.reason}`));
  const why = [inner.reason, ...inner.fallbacks.map((one) => `${one.action}: ${one.reason}`)].join('; ');
  return refused(`inside: ${why}`.slice(0, 500));
}

const openedBy = ({ message, edits, isDecrypted, close }: Layer, decided: Decided): Outcome => ({
  kind: 'opened',
  ...decided,
  message,
  edits,
  isDecrypted,
  layers: layersOf(decided),
  close,
});

function around(layer: Layer, inner: Extract<Outcome, { readonly kind: 'opened' }>, decided: Decided): Outcome {
  return {
    ...inner,
    ...decided,
    isDecrypted: layer.isDecrypted || inner.isDecrypted,
    layers: [...layersOf(decided), ...inner.layers],
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
