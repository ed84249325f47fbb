import { z } from 'zod';
import type { CapabilityName } from '../../sdk/capabilities.ts';
import type { DeepReadonly } from '../deep-readonly.ts';
import { durationOption } from '../units.ts';
import { granted } from './grants/granted.ts';
import { httpGrant } from './grants/http.ts';
import { mailauthGrant } from './grants/mailauth.ts';
import { scanGrant } from './grants/scan.ts';
import { secretsGrant } from './grants/secrets.ts';
import { smimeGrant } from './grants/smime.ts';
import { submitGrant } from './grants/submit.ts';

const bare = granted({});

/** What a binding may let its sink use, by capability. A capability that is not in the table cannot be granted. */
const grants = {
  log: bare,
  clock: bare,
  kv: bare,
  message: bare,
  dns: bare,
  http: httpGrant,
  scan: scanGrant,
  submit: submitGrant,
  directory: bare,
  secrets: secretsGrant,
  smime: smimeGrant,
  mailauth: mailauthGrant,
} as const satisfies Record<CapabilityName, z.ZodType>;

/** `grants` of a binding: names, `[kv, message]`, or a mapping where a capability has options, `{ kv: true, http: {…} }`. */
export const grantsOption = z.preprocess(asMapping, z.strictObject(grants).partial()).default({});

/** What a binding grants, options filled in; what is not granted is not there. */
export type Grants = DeepReadonly<z.output<typeof grantsOption>>;
export type GrantOf<N extends CapabilityName> = NonNullable<Grants[N]>;

/** What a grant looks like where `true` does not say enough; null for the others. */
export function exampleOf(name: CapabilityName): string | null {
  return Object.hasOwn(examples, name) ? (examples[name] ?? null) : null;
}

/** Whether a grant may say more than `true`. */
export const hasOptions = (name: CapabilityName): boolean => grants[name] !== bare;

const examples: Partial<Record<CapabilityName, string>> = {
  http: '{ hosts: [api.example.com] }',
  scan: "{ clamd: '127.0.0.1:3310' }",
  secrets: '{ api-token: { env: API_TOKEN } }',
};

/** A list of names is a mapping whose grants have no options. */
function asMapping(value: unknown): unknown {
  const isNames = Array.isArray(value) && value.every((name) => typeof name === 'string');
  return isNames ? Object.fromEntries(value.map((name) => [name, true])) : value;
}

const address = z
  .string({ error: 'expected an address such as 192.0.2.53 or 192.0.2.53:5353' })
  .regex(
    /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/,
    'expected an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]',
  );

/** Whom the capabilities `dns` and `http` ask for names. */
export const dnsOptions = z.strictObject({
  /** Name servers; those of the machine, and its hosts file for `http`, when left out. */
  servers: z.array(address).min(1, 'expected at least one server').max(8).optional(),
  /** For one try. */
  timeout: durationOption({ min: 10, max: 30_000 }).default(2_000),
  tries: z.int('expected a whole number').min(1).max(5).default(2),
});

export type DnsOptions = DeepReadonly<z.output<typeof dnsOptions>>;
