/** Knows the secrets that were read, and takes them out of what is written down. */
export type Redactor = {
  /** @param name what stands in its place: `[secret api-token]` */
  add(name: string, value: string): void;
  /** The text without the values it knows, also as JSON writes them; the very text when there are none. */
  redact(text: string): string;
};

/** Values kept; the one used longest ago goes first. */
const most = 256;
/** Shorter ones would take words out of texts that have nothing to do with them. */
const shortest = 6;

export function createRedactor(): Redactor {
  const known = new Map<string, string>();
  const keep = (value: string, name: string): void => {
    known.delete(value);
    known.set(value, name);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  };
  return {
    add(name, value) {
      if (value.length < shortest) return;
      for (const line of [value, ...value.split(/\r?\n/)]) {
        if (line.length < shortest) continue;
        keep(line, name);
        const escaped = JSON.stringify(line).slice(1, -1);
        if (escaped !== line) keep(escaped, name);
      }
    },
    redact(text) {
      let out = text;
      for (const [value, name] of known) if (out.includes(value)) out = out.replaceAll(value, `[secret ${name}]`);
      return out;
    },
  };
}
