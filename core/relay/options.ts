import { isIP } from 'node:net';
import { z } from 'zod';
import type { DeepReadonly } from '../deep-readonly.ts';
import { durationOption, sizeOption } from '../units.ts';

const wholeNumber = (min: number, max: number) => z.int('expected a whole number').min(min).max(max);

/** `mail.example.net`, `mail.example.net:587`, `192.0.2.1:25`, `[2001:db8::1]:25`. */
const host = z.string({ error: 'expected a host such as mail.example.net:587' }).transform((text, context) => {
  const [, bracketed, plain, port = '25'] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const name = bracketed ?? plain;
  const isHost = name !== undefined && (bracketed === undefined || isIP(bracketed) !== 0);
  if (isHost && Number(port) > 0 && Number(port) <= 65_535) return { host: name, port: Number(port) };
  context.addIssue({ code: 'custom', message: 'expected a host such as mail.example.net:587 or [2001:db8::1]:25' });
  return z.NEVER;
});

/** `example.com`, `*.example.com` for what is below it, `*` for every domain. */
const domainPattern = z
  .string({ error: 'expected a domain such as example.com, *.example.com or *' })
  .transform((name) => name.toLowerCase())
  .pipe(
    z
      .string()
      .max(255)
      .regex(/^(?:\*|(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)$/, {
        error: 'expected a domain such as example.com, *.example.com or *',
      }),
  );

const tls = z.strictObject({
  /** `opportunistic`: when the host offers STARTTLS · `required`: never without · `none` · `implicit`: from the first octet (465). */
  mode: z.enum(['opportunistic', 'required', 'none', 'implicit']).default('opportunistic'),
  /** Whether the certificate has to be one the host may have; by default where TLS is demanded. */
  verify: z.boolean().optional(),
  /** PEM file with the authorities to trust instead of those of the system. */
  ca: z.string().min(1).nullable().default(null),
});

const auth = z
  .strictObject({
    user: z.string().min(1).max(255),
    /** The environment variable that holds the password. */
    passwordEnv: z.string().min(1).optional(),
    /** The file that holds it, in its first line. */
    passwordFile: z.string().min(1).optional(),
  })
  .refine(({ passwordEnv, passwordFile }) => (passwordEnv === undefined) !== (passwordFile === undefined), {
    error: 'expected one of passwordEnv and passwordFile; a password never stands in the configuration',
  });

/** When mail that could not be handed on is tried again, and when it is given up. */
export const retryOptions = z.strictObject({
  /** Waits after the first, second … failure; the last one repeats. */
  schedule: z
    .array(durationOption({ min: 1 }))
    .min(1)
    .max(20)
    .prefault(['15m', '30m', '60m', '240m']),
  /** Age at which a message is given up and reported. */
  expiry: durationOption({ min: 1_000 }).prefault('2d'),
  /** Age at which the sender is told, once, that it is late; `0s`: never. */
  delayNotice: durationOption().prefault('12h'),
});

/** What mail for a remote domain takes for a way. The most specific pattern wins; without one it is the MX of the domain. */
export const routeOptions = z.strictObject({
  domain: domainPattern,
  /** Hosts to hand all of it to, in order; by MX when left out. */
  smartHost: z
    .union([host.transform((one) => [one]), z.array(host).min(1).max(8)])
    .nullable()
    .default(null),
  tls: tls.prefault({}),
  auth: auth.nullable().default(null),
  /** Greets with HELO: for hosts that take EHLO amiss. */
  helo: z.boolean().default(false),
  /** Connections at a time. */
  connections: wholeNumber(1, 1_000).default(20),
  /** Messages on one connection. */
  messagesPerConnection: wholeNumber(1, 100_000).default(1_000),
  /** Octets of messages on one connection: with more than that it takes no other. */
  octetsPerConnection: sizeOption({ min: 1, max: 2 ** 40 }).prefault('1GB'),
  /** Overrides that of the virtual server. */
  retry: retryOptions.nullable().default(null),
});

const server = z.string().refine((text) => isIP(text) !== 0 || /^(?:[0-9.]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(text), {
  error: "expected an address such as '192.0.2.53' or '192.0.2.53:5353'",
});

/** How mail leaves. */
export const relayOptions = z.strictObject({
  /** Where names are looked up; those of the system when empty. */
  dns: z
    .strictObject({ servers: z.array(server).default([]), timeout: durationOption({ min: 10 }).prefault('5s') })
    .prefault({}),
  /** The port of hosts found by MX. */
  port: wholeNumber(1, 65_535).default(25),
  /** Whether mail to `user@[192.0.2.1]` goes to that address. */
  addressLiterals: z.boolean().default(false),
  /** Messages handed on at a time, over all destinations. */
  concurrency: wholeNumber(1, 2_000).default(192),
  /** How long a host has to take a connection. */
  connectTimeout: durationOption({ min: 10 }).prefault('30s'),
  /** How long a host that took no connection is left alone. */
  rest: durationOption().prefault('1m'),
});

export type RelayOptions = DeepReadonly<z.output<typeof relayOptions>>;
export type RetryOptions = DeepReadonly<z.output<typeof retryOptions>>;
