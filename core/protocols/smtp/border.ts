import type { Taker } from './data-reader.ts';

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;
/** What the fields that are looked at begin with: `a` and `x`. */
const initials: readonly number[] = [0x61, 0x78];

/** Octets of one field that are held back; where its authserv-id comes later, nobody else would find it either. */
const mostHeld = 4_096;
const name = /^(?:authentication-results|x-sluice-protection)[ \t]*:/i;
const isAlwaysOurs = /^x-/i;
/** As long as the name and its colon: fewer octets may still become one. */
const longEnough = 40;

/**
 * What comes in from outside: the octets as they are, without Authentication-Results that claim to be ours, and without
 * any X-Sluice-Protection. Who reads mail here believes those.
 *
 * @source RFC 8601 §5
 */
export class Border implements Taker {
  readonly #inside: Taker;
  readonly #own: string;
  #held: Buffer[] = [];
  #fate: 'pass' | 'hold' | 'drop' = 'pass';
  #isLineStart = true;
  #isBody = false;

  /** @param hostname our authserv-id */
  constructor(inside: Taker, hostname: string) {
    this.#inside = inside;
    this.#own = hostname.toLowerCase();
  }

  write(chunk: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end;) {
      if (this.#isLineStart && !this.#isBody) this.#beginLine(chunk[at] ?? 0);
      if (this.#isBody) return this.#inside.write(chunk, at, end);
      const found = chunk.indexOf(lf, at);
      const until = found < 0 || found >= end ? end : found + 1;
      this.#take(chunk, at, until);
      this.#isLineStart = until === found + 1;
      at = until;
    }
  }

  /** The message has ended, maybe in its header. */
  finish(): void {
    this.#settle();
  }

  #beginLine(octet: number): void {
    if (octet === space || octet === tab) return; // the field goes on
    this.#settle();
    this.#isBody = octet === cr || octet === lf;
    this.#fate = initials.includes(octet | 0x20) ? 'hold' : 'pass';
  }

  #take(chunk: Uint8Array, from: number, to: number): void {
    if (this.#fate === 'pass') this.#inside.write(chunk, from, to);
    if (this.#fate !== 'hold') return;
    this.#held.push(Buffer.from(chunk.subarray(from, to)));
    const text = this.#text();
    if (text.length < longEnough) return;
    if (!name.test(text)) this.#release();
    else if (text.length > mostHeld) this.#settle();
  }

  /** The field, or as much of it as is needed, is here. */
  #settle(): void {
    if (this.#fate !== 'hold') return;
    const text = this.#text();
    if (name.test(text) && this.#isOurs(text)) this.#drop();
    else this.#release();
  }

  #isOurs(field: string): boolean {
    if (isAlwaysOurs.test(field)) return true;
    const id = authservId(field);
    return id === this.#own || id === '';
  }

  #drop(): void {
    this.#held = [];
    this.#fate = 'drop';
  }

  #release(): void {
    for (const octets of this.#held) this.#inside.write(octets, 0, octets.length);
    this.#held = [];
    this.#fate = 'pass';
  }

  #text(): string {
    return Buffer.concat(this.#held).toString('latin1');
  }
}

/** The first word of the value, comments passed over; `` when there is none to be found. @source RFC 8601 §2.2 */
function authservId(field: string): string {
  let depth = 0;
  let id = '';
  for (let at = field.indexOf(':') + 1; at < field.length; at += 1) {
    const character = field[at] ?? '';
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && /[\s;]/.test(character)) {
      if (id !== '') break;
    } else if (depth === 0 && character !== '"') id += character;
  }
  return id.toLowerCase();
}
