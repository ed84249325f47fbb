import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { Capability, Caller } from './capability.ts';
import type { Redactor } from './redactor.ts';

/** Reads the value of a granted secret, each time anew: a file that was replaced counts at once. */
export type ReadSecret = (binding: Caller, name: string) => Promise<string>;

/** Where a secret is. */
export type SecretSource = { readonly env?: string | undefined; readonly file?: string | undefined };

/** Reads a key that stands in a grant of its own; `name` is what it is called where it may not be read. */
export type ReadKey = (binding: Caller, name: string, source: SecretSource) => Promise<string>;

export type SecretsParts = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told every value before anybody gets it. */
  readonly redactor: Redactor;
};

const read = z.tuple([z.string().max(64)]);
/** Octets of a secret in a file. */
const longest = 64 * 1024;

/** @throws RangeError when it is not granted, or not where the grant says: the text names the grant and never the value */
export function createReadSecret(parts: SecretsParts): ReadSecret {
  const readKey = createReadKey(parts);
  return async (binding, name) => await readKey(binding, name, sourceOf(binding, name));
}

/** @throws RangeError when it is not where the grant says: the text names the grant and never the value */
export function createReadKey({ env, redactor }: SecretsParts): ReadKey {
  return async (binding, name, source) => {
    const value = source.env === undefined ? await readShort(source.file ?? '') : env[source.env];
    const where = source.env === undefined ? `file ${source.file}` : `environment variable ${source.env}`;
    if (value === undefined || value === null || value === '')
      throw new RangeError(`secret ${name}: ${where} is empty or cannot be read; look at grants of ${binding.key}`);
    redactor.add(name, value);
    return value;
  };
}

/** `secrets`: values the administrator named in the binding. */
export function secretsCapability({ readSecret }: { readonly readSecret: ReadSecret }): Capability<'secrets'> {
  return {
    async read({ binding }, args) {
      const [name] = read.parse(args);
      if (sourceOf(binding, name).use === 'reference')
        throw new RangeError(`secret ${name} is for http headers only: { secret: '${name}' } in place of the value`);
      return await readSecret(binding, name);
    },
  };
}

function sourceOf({ key, grants }: Caller, name: string) {
  const all = grants.secrets ?? {};
  const source = Object.hasOwn(all, name) ? all[name] : undefined;
  if (source) return source;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new RangeError(`there is no secret ${shown}: add it to grants.secrets of the binding ${key}`);
}

/** @returns null when it cannot be read, or is larger than a secret */
async function readShort(file: string): Promise<string | null> {
  try {
    await using handle = await open(file);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(longest + 1), 0, longest + 1, 0);
    return bytesRead > longest ? null : buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}
