import { Fault } from '../../errors.ts';
import { openMessage, type MessageEdit, type OpenMessage } from '../../message/message.ts';
import { breathe } from '../heavy.ts';
import type { ProtectedMessage, ProtectionParts, ProtectionPolicy, ProtectionRecord, Sealing } from './contract.ts';
import { problem, type Course } from './layers/layer.ts';
import { authenticationResults, quote } from './notices/authentication-results.ts';
import { languageOf, nameOf } from './notices/notice.ts';
import { openLayers } from './open-layers.ts';
import type { Outcome } from './outcome.ts';

/** Signatures checked and contents decrypted for one message at most, whatever it has inside. */
const budget = 24;

/**
 * Decides how a message may be edited. Verifies first.
 *
 * @param message as it is, earlier edits of its header included
 */
export async function openProtected(
  message: OpenMessage,
  edits: readonly MessageEdit[],
  policy: ProtectionPolicy,
  parts: ProtectionParts,
): Promise<ProtectedMessage> {
  const written = await message.writeInTurns();
  const current = written === message.octets ? message : openMessage(written);
  const course: Course = {
    policy,
    parts,
    at: parts.now(),
    language: languageOf(current),
    signers: new Map(),
    needs: new Set(),
    budget,
  };
  await breathe(current.octets);
  const outcome = await openLayers(course, current, edits);
  if (outcome.kind === 'free') return { kind: 'plain' };
  const record = recordOf(course, outcome);
  if (outcome.kind !== 'opened') return { kind: outcome.kind, record };
  const { message: opened, edits: moved, isDecrypted, layers } = outcome;
  return {
    kind: 'opened',
    message: opened,
    edits: moved,
    isDecrypted,
    layers,
    needs: outcome.action === 'wrap' ? [] : [...course.needs],
    record,
    seal: () => seal(current.octets, outcome, record, policy.limit),
  };
}

function recordOf(
  { signers, at, parts }: Course,
  { action, reason, fallbacks }: Exclude<Outcome, { readonly kind: 'free' }>,
): ProtectionRecord {
  const records = [...signers.values()];
  return {
    action,
    reason,
    fallbacks,
    signers: records,
    verifiedAt: at,
    authenticationResults: authenticationResults(parts.hostname, records),
  };
}

async function seal(
  original: Uint8Array,
  { message, close }: Extract<Outcome, { readonly kind: 'opened' }>,
  record: ProtectionRecord,
  limit: number | null,
): Promise<Sealing> {
  const edited = await message.writeInTurns();
  if (edited === message.octets) return { kind: 'sealed', octets: original };
  await breathe(edited);
  const closed = await closeSafely(close, edited);
  if (closed.kind === 'problem') return closed;
  await breathe(closed.octets);
  const octets = await addFields(closed.octets, record);
  if (!octets) return problem('the header cannot say what was done');
  if (limit !== null && octets.length > Math.max(limit, original.length))
    return problem(`the message would have ${octets.length} octets, and ${limit} are allowed (SIZE, RFC 1870)`);
  return { kind: 'sealed', octets };
}

/** A key that cannot be used now is no reason to lose the message. */
async function closeSafely(close: (octets: Uint8Array) => Promise<Sealing>, octets: Uint8Array): Promise<Sealing> {
  try {
    return await close(octets);
  } catch (cause) {
    if (cause instanceof Fault) return problem(`a key cannot be used: ${cause.code}`);
    throw cause;
  }
}

const done: Readonly<Record<string, string>> = {
  strip: 'removed',
  explain: 'broken',
  resign: 'replaced',
  wrap: 'wrapped',
  rekey: 'encrypted-again',
};

/** What was found, and what became of it, where trace fields go. @source RFC 8601 §4 */
async function addFields(
  octets: Uint8Array,
  { action, signers, authenticationResults: results }: ProtectionRecord,
): Promise<Uint8Array | null> {
  const message = openMessage(octets);
  const who = signers
    .slice(0, 10)
    .map((signer) => `signer=${quote(nameOf(signer) ?? 'unknown')}; result=${signer.verdict}`);
  const value = [done[action] ?? action, ...who, 'reason="the message was edited on the way"'].join('; ');
  const report = message.edit([
    { kind: 'prepend-field', name: 'X-Sluice-Protection', value },
    ...(results === null ? [] : [{ kind: 'prepend-field', name: 'Authentication-Results', value: results } as const]),
  ]);
  return report.every(({ kind }) => kind === 'done') ? await message.writeInTurns() : null;
}
