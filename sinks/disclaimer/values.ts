import { domainOf, type Sender } from './sender.ts';

/** What a directory says of the author. Null where it says nothing. */
export type Person = Readonly<Record<(typeof personKeys)[number], string | null>> & {
  readonly attributes: Readonly<Record<string, string>>;
};
const personKeys = [
  'displayName',
  'title',
  'department',
  'company',
  'phone',
  'mobile',
  'office',
  'street',
  'city',
  'country',
] as const;

/** Everything a template can name. What is not known is null: `default` and `if` see it. */
export type Values = {
  readonly sender: Sender & { readonly email: string } & Person;
  readonly recipient: { readonly address: string; readonly domain: string };
  readonly recipients: { readonly count: number };
  readonly subject: string;
  /** `2026-11-23`, in the zone of the settings. */
  readonly date: string;
  readonly language: string;
  readonly rule: string;
  readonly binding: string;
};

const names: ReadonlySet<string> = new Set([
  ...['name', 'address', 'email', 'domain', 'attributes', ...personKeys].map((key) => `sender.${key}`),
  'recipient.address',
  'recipient.domain',
  'recipients.count',
  'subject',
  'date',
  'language',
  'rule',
  'binding',
]);

/** Whether a template may name it: `sender.title`; any attribute the directory may have, `sender.attributes.cost_centre`. */
export const isKnown = (name: string): boolean => names.has(name) || name.startsWith('sender.attributes.');

/** Whether only a directory can know it. The name is in From too, but the directory knows it better. */
export const isOfPerson = (name: string): boolean =>
  name === 'sender.name' || name.startsWith('sender.attributes') || personKeys.some((key) => name === `sender.${key}`);

/** Nobody the directory knows. */
const nobody: Person = {
  displayName: null,
  title: null,
  department: null,
  company: null,
  phone: null,
  mobile: null,
  office: null,
  street: null,
  city: null,
  country: null,
  attributes: {},
};

/** What the attributes of a directory entry say. */
export function personOf(attributes: Readonly<Record<string, string>>): Person {
  const known = personKeys.flatMap((key) => {
    const value = attributes[key];
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
  return { ...nobody, ...Object.fromEntries(known), attributes };
}

export type Facts = Pick<Values, 'subject' | 'date' | 'language' | 'rule' | 'binding'> & {
  readonly sender: Sender;
  readonly person: Person | null;
  readonly recipients: readonly string[];
};

export function valuesOf({ sender, person, recipients, ...facts }: Facts): Values {
  const [address = ''] = recipients;
  return {
    ...facts,
    sender: { ...nobody, ...person, ...sender, name: person?.displayName ?? sender.name, email: sender.address },
    recipient: { address, domain: domainOf(address) },
    recipients: { count: recipients.length },
  };
}
