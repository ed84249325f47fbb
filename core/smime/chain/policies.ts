import { childrenOf, type Element } from '../asn1/element.ts';
import { fieldsOf, readCount, readOid, tags } from '../asn1/values.ts';
import type { Certificate } from './certificate.ts';

/** A policy of the issuer, and the policy of the subject it counts as. */
export type Mapping = { readonly issuer: string; readonly subject: string };
/** After how many more certificates a policy is required, and mapping forbidden. */
export type PolicyConstraints = { readonly requireExplicit: number | null; readonly inhibitMapping: number | null };

const anyPolicy = '2.5.29.32.0';
/** Policies alive at one depth: far above what any authority issues. */
const mostPolicies = 500;

/** @throws Malformed @source RFC 5280 §4.2.1.4; qualifiers are not looked at */
export const readPolicies = (element: Element): ReadonlySet<string> =>
  new Set(childrenOf(element).map((policy) => readOid(fieldsOf(policy).next(tags.oid))));

/** @throws Malformed @source RFC 5280 §4.2.1.5 */
export function readMappings(element: Element): readonly Mapping[] {
  return childrenOf(element).map((mapping) => {
    const fields = fieldsOf(mapping);
    return { issuer: readOid(fields.next(tags.oid)), subject: readOid(fields.next(tags.oid)) };
  });
}

/** @throws Malformed @source RFC 5280 §4.2.1.11 */
export function readPolicyConstraints(element: Element): PolicyConstraints {
  const fields = fieldsOf(element);
  const require = fields.optional(0x80);
  const inhibit = fields.optional(0x81);
  return { requireExplicit: countOf(require), inhibitMapping: countOf(inhibit) };
}

const countOf = (element: Element | null): number | null => element && readCount({ ...element, tag: tags.integer });

/** The policies that hold so far along a path, from its anchor on. */
export type Policies = {
  /** @returns false when none holds and one is required */
  step(certificate: Certificate, isLast: boolean): boolean;
};

/**
 * Certificate policies with "any" as what the user wants: what is left to find out is whether some policy holds, once
 * an authority requires one. Of the tree only the last level is kept; the levels above matter for qualifiers.
 *
 * @param length certificates to come, the anchor not counted
 * @source RFC 5280 §6.1.2–6.1.5, RFC 9618 §3
 */
export function createPolicies(length: number): Policies {
  let level: ReadonlyMap<string, ReadonlySet<string>> = new Map([[anyPolicy, new Set([anyPolicy])]]);
  const left = { explicit: length + 1, mapping: length + 1, any: length + 1 };

  function prepare({ isSelfIssued, extensions }: Certificate): boolean {
    const { policyMappings, policyConstraints, inhibitAnyPolicy } = extensions;
    if (policyMappings.some(({ issuer, subject }) => issuer === anyPolicy || subject === anyPolicy)) return false;
    level = mapped(level, policyMappings, left.mapping > 0);
    if (!isSelfIssued)
      for (const count of ['explicit', 'mapping', 'any'] as const) left[count] = Math.max(0, left[count] - 1);
    left.explicit = Math.min(left.explicit, policyConstraints?.requireExplicit ?? Infinity);
    left.mapping = Math.min(left.mapping, policyConstraints?.inhibitMapping ?? Infinity);
    left.any = Math.min(left.any, inhibitAnyPolicy ?? Infinity);
    return true;
  }

  function finish({ extensions }: Certificate): boolean {
    if (extensions.policyConstraints?.requireExplicit === 0 || left.explicit === 1) left.explicit = 0;
    return left.explicit > 0 || level.size > 0;
  }

  return {
    step(certificate, isLast) {
      const { policies } = certificate.extensions;
      const allowsAny = left.any > 0 || (!isLast && certificate.isSelfIssued);
      level = policies ? nextLevel(level, policies, allowsAny) : new Map();
      if (level.size > mostPolicies || (left.explicit === 0 && level.size === 0)) return false;
      return isLast ? finish(certificate) : prepare(certificate);
    },
  };
}

type Level = ReadonlyMap<string, ReadonlySet<string>>;

/** @source RFC 5280 §6.1.3 (d) */
function nextLevel(level: Level, policies: ReadonlySet<string>, allowsAny: boolean): Level {
  const expected = new Set([...level.values()].flatMap((values) => [...values]));
  const kept = [...policies].filter((policy) => policy !== anyPolicy && (expected.has(policy) || level.has(anyPolicy)));
  const others = policies.has(anyPolicy) && allowsAny ? [...expected] : [];
  return new Map([...kept, ...others].map((policy) => [policy, new Set([policy])]));
}

/** @source RFC 5280 §6.1.4 (b) */
function mapped(level: Level, mappings: readonly Mapping[], isAllowed: boolean): Level {
  const next = new Map(level);
  for (const [policy, targets] of Map.groupBy(mappings, ({ issuer }) => issuer)) {
    if (!level.has(policy) && !level.has(anyPolicy)) continue;
    if (isAllowed) next.set(policy, new Set(targets.map(({ subject }) => subject)));
    else next.delete(policy);
  }
  return next;
}
