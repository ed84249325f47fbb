import { bufferOf } from '../../message/content.ts';
import { isNamed, readLines, valueOf } from '../../message/fields.ts';
import type { OpenMessage } from '../../message/message.ts';
import type { Originators } from '../certificate.ts';

type Tree = Pick<OpenMessage, 'octets' | 'root'>;

/** The values of the fields of that name in the header of a message, from top to bottom. */
export const fieldValues = ({ octets, root }: Tree, name: string): readonly string[] =>
  readLines(bufferOf(octets), root.header)
    .filter((line) => isNamed(line, name))
    .map(valueOf);

/** Who a message says it is from: nobody when it says so twice, because readers differ in which they show. */
export function originatorsOf(tree: Tree): Originators {
  const [from, ...more] = fieldValues(tree, 'From');
  const senders = fieldValues(tree, 'Sender').map(readAddresses);
  const [sender] = senders.length === 1 && senders[0]?.length === 1 ? senders[0] : [];
  return { from: from !== undefined && more.length === 0 ? readAddresses(from) : [], sender: sender ?? null };
}

/**
 * The addresses in the value of an originator field. What cannot be read stays as written, so that it is no address.
 *
 * @source RFC 5322 §3.4
 */
export function readAddresses(value: string): readonly string[] {
  const found: string[] = [];
  let [text, angle]: [string, string | null] = ['', null];
  const flush = (): void => {
    const address = (angle ?? text).trim();
    if (address !== '') found.push(address);
    [text, angle] = ['', null];
  };
  let isInside = false;
  for (const token of tokensOf(value)) {
    if (token.startsWith('(')) continue;
    if (token === '<' && angle !== null) return [value];
    if (token === '<') [isInside, angle] = [true, ''];
    else if (token === '>') isInside = false;
    else if (!isInside && (token === ',' || token === ';')) flush();
    else if (!isInside && token === ':') text = '';
    else if (isInside) angle = `${angle ?? ''}${token}`;
    else text += token;
  }
  flush();
  return found;
}

/** Comments and quoted strings whole, everything else character by character. */
function* tokensOf(value: string): Generator<string> {
  for (let at = 0; at < value.length;) {
    const opening = value[at] ?? '';
    const end = opening === '(' || opening === '"' ? endOf(value, at, opening) : at + 1;
    yield value.slice(at, end);
    at = end;
  }
}

function endOf(value: string, from: number, opening: string): number {
  let depth = 0;
  for (let at = from; at < value.length; at += 1) {
    const char = value[at];
    if (char === '\\') at += 1;
    else if (opening === '(' && char === '(') depth += 1;
    else if (opening === '(' && char === ')') depth -= 1;
    else if (opening === '"' && char === '"' && at > from) return at + 1;
    if (opening === '(' && depth === 0) return at + 1;
  }
  return value.length;
}
