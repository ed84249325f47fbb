import type { ProtectedPart } from '../smime.ts';
import type { ProtectionAction } from './contract.ts';
import type { Course } from './layers/layer.ts';

/** What is worth trying, in the order of the policy. Cryptography that cannot be read is left alone or rejected. */
export function actionsFor(
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
