/** What OpenPGP armor around a text says. */
export type Armor = 'signed' | 'encrypted';

const opening = Buffer.from('-----BEGIN PGP ');
const labels: readonly (readonly [label: string, armor: Armor])[] = [
  ['SIGNED MESSAGE-----', 'signed'],
  ['MESSAGE', 'encrypted'], // also "MESSAGE, PART 1/2"
];
/** How `PGP` can be written in quoted-printable: as it is, or with an escape or a soft line break in it. */
const hints = ['PGP', '=50', '=47', 'P=', 'G='].map((hint) => Buffer.from(hint));

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

/** Whether quoted-printable may hold armor; most does not, and need not be decoded to know. */
export const mayHoldArmor = (raw: Buffer): boolean => hints.some((hint) => raw.includes(hint));
