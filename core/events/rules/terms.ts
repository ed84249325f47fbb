import type { EventName } from '../../../sdk/catalogue.ts';
import { parseSize } from '../../units.ts';
import { parseRange } from '../cidr.ts';
import type { Facts } from '../subject.ts';
import { directionOf, recipientsOf, reversePathOf, sizeOf } from './facts.ts';
import { compileWildcard } from './wildcard.ts';

/** One value of a term, compiled; `picks` says which recipients it is about. */
export type Test = {
  readonly kind: 'test';
  matches(facts: Facts): boolean;
  readonly picks?: (address: string) => boolean;
};
export type Reading = Test | { readonly kind: 'problem'; readonly text: string };

export type Term = {
  /** Its name in the classic form; the structured form uses the key of the table. */
  readonly classic: string;
  /** The events that can answer it. A rule that asks another one is refused when saved. */
  readonly events: readonly EventName[];
  /** Reads one value; several are alternatives. */
  read(value: unknown): Reading;
};

const longest = 1_000;
const sessionEvents = [
  'onEhlo',
  'onStartTls',
  'onCommand',
  'onMail',
  'onRcpt',
  'onData',
  'onEndOfData',
  'onReject',
] as const;
const connected = ['onConnect', ...sessionEvents, 'onDisconnect', 'onAuth', 'onRetrieve', 'onArrival'] as const;
const enveloped = ['onRcpt', 'onData', 'onEndOfData', 'onArrival'] as const;

const test = (matches: (facts: Facts) => boolean): Test => ({ kind: 'test', matches });
const problem = (text: string): Reading => ({ kind: 'problem', text });

/** Every term of a rule. */
const terms = {
  ehlo: {
    classic: 'ehlo',
    events: [...sessionEvents, 'onDisconnect', 'onArrival'],
    read: (value) => patterned(value, ({ payload, subject }) => payload.domain ?? subject.session?.ehlo ?? null),
  },
  mailFrom: {
    classic: 'mail from',
    events: ['onMail', ...enveloped],
    read: (value) => addressed(value, (matches) => test((facts) => anyOf(reversePathOf(facts), matches))),
  },
  rcptTo: {
    classic: 'rcpt to',
    events: [...enveloped, 'onDelivered', 'onBounced'],
    read: (value) =>
      addressed(value, (picks) => ({ ...test((facts) => recipientsOf(facts).some((one) => picks(one))), picks })),
  },
  remoteIp: {
    classic: 'remote ip',
    events: connected,
    read(value) {
      const range = typeof value === 'string' ? parseRange(value) : null;
      if (!range) return problem('expected an address or a range such as 192.0.2.0/24 or 2001:db8::/32');
      return test(({ subject }) => anyOf(subject.session?.remote.address ?? null, range));
    },
  },
  authenticated: {
    classic: 'authenticated',
    events: connected.filter((event) => event !== 'onConnect'),
    read: (value) =>
      yesOrNo(value, ({ subject, payload }) => payload.verified ?? (subject.session?.identity ?? null) !== null),
  },
  tls: {
    classic: 'tls',
    events: connected,
    read: (value) => yesOrNo(value, ({ subject }) => (subject.session?.tls ?? null) !== null),
  },
  header: { classic: 'header', events: ['onEndOfData', 'onArrival'], read: readHeader },
  sizeOver: {
    classic: 'size over',
    events: ['onMail', 'onEndOfData', 'onRetrieve', 'onArrival'],
    read(value) {
      const size = typeof value === 'string' ? parseSize(value) : value;
      const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
      return isSize ? test((facts) => sizeOf(facts) > size) : problem('expected a size such as 25MB, or octets');
    },
  },
  source: {
    classic: 'source',
    events: connected,
    read: (value) => oneOf(value, ['smtp', 'pop3', 'pickup', 'report', 'sink'], ({ subject }) => subject.source),
  },
  direction: {
    classic: 'direction',
    events: enveloped,
    read: (value) => oneOf(value, ['inbound', 'outbound', 'internal'], directionOf),
  },
  verb: {
    classic: 'verb',
    events: ['onEhlo', 'onReject', 'onRetrieve', 'onCommand'],
    read: (value) => patterned(value, ({ payload }) => payload.verb ?? null),
  },
} as const satisfies Record<string, Term>;

export type TermName = keyof typeof terms;

export const isTermName = (name: string): name is TermName => Object.hasOwn(terms, name);
export const termNames: readonly TermName[] = Object.keys(terms).filter(isTermName);
export const termOf = (name: TermName): Term => terms[name];

/** What is not known is not matched, by any pattern. */
function anyOf(value: string | null, matches: (text: string) => boolean): boolean {
  return value !== null && matches(value);
}

function patterned(value: unknown, read: (facts: Facts) => string | null): Reading {
  if (typeof value !== 'string' || value === '') return problem('expected a text, with * for anything');
  if (value.length > longest) return problem(`longer than ${longest} characters`);
  const matches = compileWildcard(value);
  return test((facts) => anyOf(read(facts), matches));
}

/** A pattern without `@` and `*` could match no address, and a rule never means "match nothing". */
function addressed(value: unknown, build: (matches: (address: string) => boolean) => Test): Reading {
  if (typeof value !== 'string') return problem('expected an address, with * for anything');
  if (value.length > longest) return problem(`longer than ${longest} characters`);
  const pattern = value.startsWith('<') && value.endsWith('>') ? value.slice(1, -1) : value;
  if (value === '') return problem('expected an address; the null reverse-path is written <>');
  const canMatch = pattern === '' || /[@*]/.test(pattern) || pattern.toLowerCase() === 'postmaster';
  return canMatch
    ? build(compileWildcard(pattern))
    : problem(`no address has no @: write *@${pattern} or ${pattern}@*`);
}

function yesOrNo(value: unknown, read: (facts: Facts) => boolean): Reading {
  const wanted = String(value).toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return problem('expected true or false');
  return test((facts) => read(facts) === (wanted === 'true'));
}

function oneOf(value: unknown, known: readonly string[], read: (facts: Facts) => string): Reading {
  const wanted = typeof value === 'string' ? value.toLowerCase() : '';
  return known.includes(wanted)
    ? test((facts) => read(facts) === wanted)
    : problem(`expected one of ${known.join(', ')}`);
}

function readHeader(value: unknown): Reading {
  const wanted = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
  const name: unknown = wanted.get('name');
  const pattern: unknown = wanted.get('value') ?? '*';
  const known = [...wanted.keys()].every((key) => key === 'name' || key === 'value');
  if (!known || typeof name !== 'string' || !/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(name)) {
    return problem("expected { name: 'Subject', value: '*invoice*' }; without value: there is such a field");
  }
  if (typeof pattern !== 'string' || pattern.length > longest) return problem('expected a text, with * for anything');
  const matches = compileWildcard(pattern);
  const field = name.toLowerCase();
  return test((facts) =>
    (facts.message()?.fields ?? []).some(([key, text]) => key.toLowerCase() === field && matches(text)),
  );
}
