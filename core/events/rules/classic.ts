import { all, any, namesFor, never, readTerm, type Condition, type Gathered } from './condition.ts';
import { termNames, termOf, type TermName } from './terms.ts';

const longest = 8_000;

/**
 * Reads the classic form: `mail from=*@example.com;rcpt to=a@example.net,b@example.net`. Between different commands
 * `;` means AND; a command that comes again, or `,` between values, means OR. Blanks around `;`, `,` and `=` and a
 * `;` at the end are ignored. A value cannot contain `;` or `,`: the structured form can.
 */
export function readClassic(rule: string, gathered: Gathered): Condition {
  if (rule.length > longest) return refuse(gathered, `longer than ${longest} characters`, longest);
  if (rule.trim() === '') return refuse(gathered, 'nothing here: leave the rule out to be asked about everything', 0);

  const byCommand = new Map<string, Condition[]>();
  const clauses = split(rule, ';', 0);
  for (const [index, clause] of clauses.entries()) {
    const isEnd = index > 0 && index === clauses.length - 1;
    if (isEnd && clause.text.trim() === '') continue;
    readClause(clause, byCommand, gathered);
  }
  return all([...byCommand.values()].map(any));
}

type Slice = { readonly text: string; readonly from: number };

function readClause({ text, from }: Slice, byCommand: Map<string, Condition[]>, gathered: Gathered): void {
  const equals = text.indexOf('=');
  if (equals < 0) {
    refuse(gathered, `expected command=pattern, such as mail from=*@example.com`, from + blanks(text));
    return;
  }
  const command = text.slice(0, equals).trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const name = termNamed(command);
  if (!name) {
    refuse(gathered, `${quote(command)} is no command of a rule; known: ${namesFor('classic')}`, from + blanks(text));
    return;
  }
  const values = split(text.slice(equals + 1), ',', from + equals + 1).map((slice) => {
    const place = { path: [], column: slice.from + blanks(slice.text) + 1 };
    return readTerm(name, valueOf(name, command, slice.text.trim()), place, gathered);
  });
  const same = name === 'header' ? command : name;
  byCommand.set(same, [...(byCommand.get(same) ?? []), ...values]);
}

/** `header` is followed by the name of the field: `header subject=*invoice*`. */
function termNamed(command: string): TermName | undefined {
  const word = command.startsWith('header ') ? 'header' : command === 'helo' ? 'ehlo' : command;
  return termNames.find((name) => termOf(name).classic === word || name.toLowerCase() === word);
}

function valueOf(name: TermName, command: string, text: string): unknown {
  return name === 'header' ? { name: command.slice('header '.length), value: text } : text;
}

function split(text: string, separator: string, from: number): readonly Slice[] {
  let at = from;
  return text.split(separator).map((part) => {
    const slice = { text: part, from: at };
    at += part.length + separator.length;
    return slice;
  });
}

function refuse({ problems }: Gathered, text: string, index: number): Condition {
  problems.push({ text, path: [], column: index + 1 });
  return never;
}

const blanks = (text: string): number => text.length - text.trimStart().length;
const quote = (text: string): string => `\`${text.slice(0, 60)}\``;
