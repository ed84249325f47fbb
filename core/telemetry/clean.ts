const secret = /pass(word|phrase)?$|secret|credential|authorization|privatekey|token/i;
const content = /^(octets|content|body|raw|html|chunk)$/i;

const limits = { depth: 5, keys: 50, items: 50, characters: 2_000 };

/**
 * Values as the log may show them: secrets and content by name left out, octets counted, errors as data, long
 * ones cut. A log is read by more people than the mail it speaks of.
 *
 * @returns plain JSON; never throws, whatever getters or cycles it is given
 */
export function cleaned(values: object): object {
  try {
    return fields(values, limits.depth);
  } catch {
    return { unreadable: true };
  }
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} octets]`;
  if (depth === 0) return '[deep]';
  if (value instanceof Error) return error(value, depth);
  if (Array.isArray(value)) return value.slice(0, limits.items).map((item) => clean(item, depth - 1));
  if (value instanceof Map) return fields(Object.fromEntries(value), depth);
  if (value instanceof Set) return clean([...value], depth);
  return value instanceof Date ? value.toJSON() : fields(value, depth);
}

function fields(values: object, depth: number): object {
  if (values instanceof Error) return { cause: error(values, depth) };
  const entries = Object.entries(values).slice(0, limits.keys);
  return Object.fromEntries(entries.map(([name, value]) => [name, field(name, value, depth - 1)]));
}

function field(name: string, value: unknown, depth: number): unknown {
  if (secret.test(name)) return '[secret]';
  return content.test(name) && typeof value === 'string' ? `[${value.length} characters]` : clean(value, depth);
}

/** A fault other than a bug says by code and context what happened; where our code noticed it tells nobody anything. */
function error({ name, message, stack, cause, ...own }: Error, depth: number): object {
  const isExpected = name === 'Fault' && 'code' in own && own.code !== 'internal.bug';
  return {
    name,
    message: cut(message),
    ...fields(own, depth),
    ...(stack !== undefined && !isExpected && { stack: cut(stack) }),
    ...(cause !== undefined && { cause: clean(cause, depth - 1) }),
  };
}

function cut(text: string): string {
  return text.length <= limits.characters ? text : `${text.slice(0, limits.characters)}…`;
}
