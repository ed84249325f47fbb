/** What OpenPGP armor around a text says. */
export type Armor = 'signed' | 'encrypted' | 'other';

const opening = Buffer.from('-----BEGIN ');
const labels: readonly (readonly [label: string, armor: Armor])[] = [
  ['PGP SIGNED MESSAGE-----', 'signed'],
  ['PGP MESSAGE', 'encrypted'], // also "PGP MESSAGE, PART 1/2"
  ['PKCS7-----', 'other'],
  ['CMS-----', 'other'],
];

/**
 * Looks for armor anywhere in a text: quoted or pasted armor counts, because readers look for it that way too.
 *
 * @param text octets of a charset that contains ASCII
 * @returns null when there is none
 * @source RFC 9580 §6.2, §7
 */
export function findArmor(text: Buffer): Armor | null {
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, at + 1)) {
    const label = text.toString('latin1', at + opening.length, at + opening.length + 24);
    const known = labels.find(([start]) => label.startsWith(start));
    if (known) return known[1];
  }
  return null;
}
