import { isIP } from 'node:net';
import { z } from 'zod';
import type { DeepReadonly } from '../deep-readonly.ts';
import { accessOptions } from './access.ts';
import { isAddress } from '../events/address.ts';
import { bindingOptions, nameOption } from '../events/options.ts';
import { domainName } from '../directory/options.ts';
import { retryOptions } from '../relay/options.ts';
import { pop3Limits, pop3Options } from '../protocols/pop3/options.ts';
import { smtpLimits, smtpOptions } from '../protocols/smtp/options.ts';

/** Where a virtual server listens. Port 0 lets the system choose. With `tls`, connections begin with it. */
export type ListenAddress = { readonly address: string; readonly port: number; readonly tls?: true };

/** `127.0.0.1:2525`; `tls://0.0.0.0:465` where TLS is there from the first octet on (RFC 8314 §3). */
const listenAddress = z
  .string({ error: "expected an address and port such as '127.0.0.1:2525'" })
  .transform((text, context): ListenAddress => {
    const [, tls, bracketed, plain, port = ''] =
      /^(tls:\/\/)?(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/.exec(text) ?? [];
    const address = bracketed ?? plain;
    if (address !== undefined && isIP(address) === (bracketed === undefined ? 4 : 6) && Number(port) <= 65_535) {
      return { address, port: Number(port), ...(tls === undefined ? {} : { tls: true }) };
    }
    context.addIssue({
      code: 'custom',
      message: "expected an address and port such as '127.0.0.1:2525', '[::1]:2525' or 'tls://0.0.0.0:465'",
    });
    return z.NEVER;
  });

const tlsOptions = z.strictObject({
  /** PEM file with the certificate and its chain. */
  certificate: z.string().min(1),
  /** PEM file with the private key. */
  key: z.string().min(1),
});

const connectionLimits = {
  /** Connections at a time. */
  connections: z.int('expected a whole number').min(1).max(100_000).default(1_000),
  /** Connections at a time from one address. */
  connectionsPerAddress: z.int('expected a whole number').min(1).max(100_000).default(50),
};

const common = {
  /** Names it in bindings, logs and traces. */
  id: nameOption,
  listen: z.array(listenAddress).min(1, 'expected at least one address'),
  /** What it calls itself in greetings and Received fields; the machine's name when left out. */
  hostname: z
    .string()
    .max(253)
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
      'expected a host name',
    )
    .optional()
    .transform((name) => name ?? null),
  /** Who may connect: address ranges. */
  access: accessOptions,
  /** In no particular order: priority decides. */
  bindings: z.array(bindingOptions).default([]),
};

type Secured = { readonly listen: readonly ListenAddress[]; readonly tls: object | null };

/** TLS at an address wants a certificate. */
function checkTls(context: z.core.ParsePayload<Secured>): void {
  const { listen, tls } = context.value;
  const at = listen.findIndex((address) => address.tls);
  if (tls === null && at >= 0) {
    const message = 'tls:// wants a certificate: add tls: { certificate: …, key: … } to this virtual server';
    context.issues.push({ code: 'custom', message, path: ['listen', at], input: context.value });
  }
}

/** One virtual server of any protocol. */
export const virtualServerOptions = z
  .discriminatedUnion('protocol', [
    z.strictObject({
      ...common,
      ...smtpOptions,
      protocol: z.literal('smtp'),
      /** When mail that came in here is tried again where it could not be handed on. */
      retry: retryOptions.prefault({}),
      /** Received fields after which a message is taken to go round in circles (RFC 5321 §6.3). */
      maxHops: z.int('expected a whole number').min(5).max(1_000).default(50),
      /** A folder: mail put into it as files is sent. It is made when it is not there. */
      pickup: z.string().min(1).nullable().default(null),
      /** Who gets a copy of each report of mail that could not be delivered. */
      reportCopyTo: z
        .string({ error: 'expected an address' })
        .refine(isAddress, { error: 'expected an address such as postmaster@example.org' })
        .nullable()
        .default(null),
      /** A domain that stands for our own domains in the reverse-path of mail that leaves. */
      masquerade: domainName.nullable().default(null),
      /** STARTTLS is offered only with it. */
      tls: tlsOptions.optional().transform((tls) => tls ?? null),
      limits: z.strictObject({ ...connectionLimits, ...smtpLimits }).prefault({}),
    }),
    z.strictObject({
      ...common,
      ...pop3Options,
      protocol: z.literal('pop3'),
      /** STLS is offered only with it. */
      tls: tlsOptions.optional().transform((tls) => tls ?? null),
      limits: z.strictObject({ ...connectionLimits, ...pop3Limits }).prefault({}),
    }),
  ])
  .check(checkTls);

/** A virtual server as the configuration states it: durations in milliseconds, sizes in octets. */
export type VirtualServerOptions = DeepReadonly<z.output<typeof virtualServerOptions>>;
