import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

type Client = {
  readonly user: string;
  readonly password: string;
  readonly nonce?: string;
  /** `n,,`, `y,,`, `p=tls-exporter,,` … */
  readonly header?: string;
  readonly binding?: Uint8Array;
};

/** A client of SCRAM-SHA-256, written down from RFC 5802 §3 and not from what the server does. */
export function scramClient({ user, password, nonce = 'rOprNGfwEbeRWgbNEkqO', header = 'n,,', binding }: Client) {
  const bare = `n=${user},r=${nonce}`;
  let expected = '';
  return {
    first: `${header}${bare}`,
    final(serverFirst: string): string {
      const said = new Map(serverFirst.split(',').map((pair) => [pair[0], pair.slice(2)]));
      const salt = Buffer.from(said.get('s') ?? '', 'base64');
      const salted = pbkdf2Sync(password, salt, Number(said.get('i')), 32, 'sha256');
      const bound = Buffer.concat([Buffer.from(header), binding ?? Buffer.alloc(0)]).toString('base64');
      const withoutProof = `c=${bound},r=${said.get('r')}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const clientKey = hmac(salted, 'Client Key');
      const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
      const proof = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0))).toString('base64');
      expected = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
      return `${withoutProof},p=${proof}`;
    },
    /** Whether the server has shown that it knows the password too. */
    trusts: (serverFinal: string): boolean => serverFinal === expected,
  };
}
