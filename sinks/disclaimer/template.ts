/** What a template can name. */
const variables = ['sender.name', 'sender.address', 'sender.domain', 'recipient.domain', 'date'] as const;
export type Variable = (typeof variables)[number];
export type Values = Readonly<Record<Variable, string>>;

/** Literal text and variables in turn. */
export type Template = readonly (string | { readonly variable: Variable })[];

export type TemplateReading =
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'problem'; readonly text: string };

const isVariable = (name: string): name is Variable => variables.some((known) => known === name);

/** Reads `Regards, {{sender.name}}`. An unknown variable is a problem: it would go out to everybody as it stands. */
export function parseTemplate(source: string): TemplateReading {
  const [first = '', ...rest] = source.split('{{');
  const template: (string | { readonly variable: Variable })[] = [first];
  for (const piece of rest) {
    const end = piece.indexOf('}}');
    if (end < 0) return { kind: 'problem', text: 'a {{ without }}' };
    const name = piece.slice(0, end).trim();
    if (!isVariable(name)) {
      return { kind: 'problem', text: `unknown variable {{${name.slice(0, 40)}}}; known: ${variables.join(', ')}` };
    }
    template.push({ variable: name }, piece.slice(end + 2));
  }
  return { kind: 'template', template };
}

/** @param escape what makes a value safe in this form: values come from the mail, and nobody vouches for them */
export function fill(template: Template, values: Values, escape: (value: string) => string): string {
  return template.map((piece) => (typeof piece === 'string' ? piece : escape(values[piece.variable]))).join('');
}

export function uses(template: Template, variable: Variable): boolean {
  return template.some((piece) => typeof piece !== 'string' && piece.variable === variable);
}
