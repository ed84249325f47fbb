import { z } from 'zod';

/** Epoch milliseconds. */
const instant = z.number();
/** The SHA-256 of the certificate, or as much of its beginning as names one. */
const id = z.string().regex(/^[0-9a-f]{6,64}$/, 'expected 6 to 64 hexadecimal digits');
const none = z.strictObject({});
/** Read by Sluice itself: a private key never crosses the socket. */
const file = z.string().min(1).max(4_096).describe('An absolute path.');

/** Why something was not done, for the one who asked; never with a password or a part of a key. */
const refused = z.object({ kind: z.literal('refused'), code: z.string(), text: z.string() });

const certificate = z.object({
  id: z.string(),
  subject: z.string(),
  issuer: z.string(),
  addresses: z.array(z.string()).readonly(),
  notBefore: instant,
  notAfter: instant,
  /** `rsa`, `ec`, `ed25519`, `x25519` … */
  keyKind: z.string(),
});

const key = certificate.extend({
  /** `gateway mx`, or the addresses it is for. */
  owner: z.string(),
  canSign: z.boolean(),
  canDecrypt: z.boolean(),
  importedAt: instant,
});

const keyList = z.object({ kind: z.literal('keys'), keys: z.array(key).readonly() });
const done = z.object({ kind: z.literal('done'), id: z.string() });

/** Keys and certificates of the keystore. What is secret in a request stands in its body, which is in no log. */
export const keyRows = {
  keys: { verb: 'GET', path: '/keys', input: none, output: z.union([keyList, refused]) },
  importKeys: {
    verb: 'POST',
    path: '/keys',
    input: z.strictObject({
      file,
      /** Of the file; null: none. */
      password: z.string().max(1_024).nullable(),
      /** Null: the addresses in the certificate. */
      address: z.string().min(1).max(320).nullable(),
      /** One of `smime.gateways`, instead of an address. */
      gateway: z.string().min(1).max(64).nullable(),
    }),
    output: z.union([keyList, refused]),
  },
  keyCertificates: {
    verb: 'GET',
    path: '/keys/:id/certificates',
    input: z.strictObject({ id }),
    output: z.union([z.object({ kind: z.literal('pem'), pem: z.string() }), refused]),
  },
  removeKey: {
    verb: 'POST',
    path: '/keys/:id/delete',
    input: z.strictObject({ id }),
    output: z.union([done, refused]),
  },
  testKey: {
    verb: 'POST',
    path: '/keys/:id/test',
    input: z.strictObject({ id }),
    output: z.union([
      z.object({
        kind: z.literal('tested'),
        id: z.string(),
        signs: z.boolean(),
        decrypts: z.boolean(),
        /** What is wrong with it; null when nothing is. */
        problem: z.string().nullable(),
      }),
      refused,
    ]),
  },
  /** Of others, to encrypt to them. */
  certificates: {
    verb: 'GET',
    path: '/certificates',
    input: none,
    output: z.union([
      z.object({ kind: z.literal('certificates'), certificates: z.array(certificate).readonly() }),
      refused,
    ]),
  },
  importCertificates: {
    verb: 'POST',
    path: '/certificates',
    input: z.strictObject({ file }),
    output: z.union([
      z.object({
        kind: z.literal('kept'),
        certificates: z.array(certificate).readonly(),
        /** Were here already. */
        known: z.int().min(0),
      }),
      refused,
    ]),
  },
  removeCertificate: {
    verb: 'POST',
    path: '/certificates/:id/delete',
    input: z.strictObject({ id }),
    output: z.union([done, refused]),
  },
} as const;
