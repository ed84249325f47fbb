/** What a trace entry says beside its columns, for a person. */
export type Detail = { readonly text: string; /** A sink or the platform failed. */ readonly isFault: boolean };

/**
 * Reads the detail of a trace entry, one line or JSON: `fault`, `reply`, `edits` with their `outcomes`, and whatever
 * else is in it as `name: value`.
 */
export function formatDetail(detail: string): Detail {
  const said = parse(detail);
  if (said === null) return { text: detail, isFault: false };
  const { fault, cause, reply, edits, outcomes, skipped, ...others } = said;
  const isFault = typeof fault === 'string';
  const parts = [
    isFault ? `${fault}${typeof cause === 'string' ? `: ${cause}` : ''}` : '',
    replyOf(reply),
    editsOf(edits, outcomes),
    typeof skipped === 'string' ? `left as it was: ${skipped}` : '',
    ...Object.entries(others)
      .filter(([name]) => name !== 'event' && name !== 'sink') // they have columns of their own
      .map(([name, value]) => `${name}: ${valueOf(value)}`),
  ];
  return { text: parts.filter((part) => part !== '').join('; '), isFault };
}

function parse(detail: string): Readonly<Record<string, unknown>> | null {
  if (!detail.startsWith('{')) return null;
  try {
    return record(JSON.parse(detail));
  } catch {
    return null; // it was cut: shown as it is
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function replyOf(reply: unknown): string {
  const said = record(reply);
  return said ? ['code', 'status', 'text'].map((key) => valueOf(said[key] ?? '')).join(' ') : valueOf(reply ?? '');
}

/** Each edit with what became of it. */
function editsOf(edits: unknown, outcomes: unknown): string {
  if (!Array.isArray(edits)) return edits === undefined ? '' : `edits: ${valueOf(edits)}`;
  return edits
    .map((edit: unknown, at) => valueOf(edit) + outcomeOf(Array.isArray(outcomes) ? outcomes[at] : null))
    .join(', ');
}

function outcomeOf(outcome: unknown): string {
  const { kind, reason, part, added, removed } = record(outcome) ?? {};
  if (kind === 'skipped') return ` skipped (${valueOf(reason)})`;
  const where = typeof part === 'string' && part !== '' ? ` in ${part}` : '';
  const change = [added ? `+${valueOf(added)}` : '', removed ? `-${valueOf(removed)}` : ''].filter((one) => one !== '');
  return `${where}${change.length > 0 ? ` (${change.join(' ')} octets)` : ''}`;
}

function valueOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(String).join(', ');
  return JSON.stringify(value) ?? '';
}
