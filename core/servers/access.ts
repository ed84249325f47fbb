import { z } from 'zod';
import { parseRange, type Range } from '../events/cidr.ts';

const range = z.string().refine((text) => parseRange(text) !== null, {
  error: "expected an address or a range such as '192.0.2.0/24' or '2001:db8::/32'",
});

/** Who may connect at all. Where both lists name a client, it may not. */
export const accessOptions = z
  .strictObject({
    /** Nobody but these, unless it is empty. */
    allow: z.array(range).default([]),
    deny: z.array(range).default([]),
  })
  .prefault({});

export type Access = { readonly allow: readonly string[]; readonly deny: readonly string[] };

/** Reads the ranges once, for every connection to come. @param access as `accessOptions` made it */
export function compileAccess({ allow, deny }: Access): (address: string) => boolean {
  const [allowed, denied] = [allow.flatMap(readRange), deny.flatMap(readRange)];
  return (address) => {
    if (denied.some((covers) => covers(address))) return false;
    return allowed.length === 0 || allowed.some((covers) => covers(address));
  };
}

const readRange = (text: string): readonly Range[] => [parseRange(text) ?? []].flat();
