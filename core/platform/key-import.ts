import type { InputOf } from '../admin/routes.ts';
import type { Config } from '../config/config.ts';
import { isSameAddress } from '../smime/certificate.ts';
import type { KeyEntry, KeyOwner, Keystore } from '../smime/keystore.ts';
import type { Log } from '../telemetry/telemetry.ts';

/** Why something was not done, for the operator who asked. */
export type Refused = { readonly kind: 'refused'; readonly code: string; readonly text: string };
export const refuse = (code: string, text: string): Refused => ({ kind: 'refused', code, text });

/** For a person. */
export const ownerText = (owner: KeyOwner): string =>
  owner.kind === 'gateway' ? `gateway ${owner.name}` : owner.addresses.join(', ');

type Wanted = InputOf<'importKeys'>;

/** Imports every key of a file, or none: for the addresses of its certificate, one of them, or a gateway. */
export async function importKeys(
  keystore: Keystore,
  { file, password, address, gateway }: Wanted,
  { gateways }: Config['smime'],
  log: Log,
) {
  const owner = ownerOf(gateways, address, gateway);
  if (owner?.kind === 'refused') return owner;
  const answer = await keystore.importKeys({ source: { kind: 'file', path: file }, password, owner });
  if (answer.kind === 'refused') return answer;
  const own = gateways.find(({ name }) => name === gateway);
  const other = own ? await refuseOthers(keystore, answer.entries, own.address) : null;
  if (other) return other;
  for (const entry of answer.entries) log.info({ key: entry.id, owner: ownerText(entry.owner) }, 'key imported');
  return answer;
}

type Gateways = Config['smime']['gateways'];

function ownerOf(gateways: Gateways, address: string | null, gateway: string | null): KeyOwner | Refused | null {
  if (address !== null && gateway !== null) return refuse('owner-twice', 'name an address or a gateway, not both');
  if (address !== null) return { kind: 'addresses', addresses: [address] };
  if (gateway === null) return null;
  const names = gateways.map(({ name }) => name);
  if (names.includes(gateway)) return { kind: 'gateway', name: gateway };
  const there = names.length === 0 ? 'it names none' : `it has ${names.join(', ')}`;
  return refuse('gateway-unknown', `there is no gateway ${gateway} under smime.gateways in sluice.yaml: ${there}`);
}

/** A gateway signs with its address in Sender: a certificate for another would be none. Nothing of such a file stays. */
async function refuseOthers(
  keystore: Keystore,
  entries: readonly KeyEntry[],
  address: string,
): Promise<Refused | null> {
  const strange = entries.find(({ addresses }) => !addresses.some((one) => isSameAddress(one, address)));
  if (!strange) return null;
  for (const { id } of entries) await keystore.removeKey(id);
  const holders = strange.addresses.join(', ') || 'no address';
  return refuse('address-other', `the gateway is ${address} in sluice.yaml, and the certificate is for ${holders}`);
}
