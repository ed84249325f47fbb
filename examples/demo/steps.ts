import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { askSluice } from '../../test/support/admin.ts';
import type { Sluice } from '../../test/support/sluice-process.ts';

/** One thing that happened to a message, as `sluice trace <id>` tells it. */
export type Step = {
  readonly event: string;
  readonly sink: string | null;
  /** The sink's decision; null where no sink was asked. */
  readonly decision: string | null;
  /** What became of its edits, in words. */
  readonly did: readonly string[];
  /** Whether the core left the message as it was although the sink wanted otherwise. */
  readonly wasRefused: boolean;
  /** How long the sink took. */
  readonly ms: number | null;
  /** The mailboxes it ended in; empty for every step but the last. */
  readonly mailboxes: readonly string[];
};

const change = z.object({ part: z.string(), added: z.number(), removed: z.number() });
const outcome = z.union([
  z.object({ kind: z.literal('done'), changes: z.array(change) }),
  z.object({ kind: z.literal('skipped'), reason: z.string() }),
]);
const detail = z.object({
  edits: z.array(z.string()).default([]),
  outcomes: z.array(outcome).default([]),
  /** Why the core left the message as it was. */
  skipped: z.string().optional(),
  delivered: z.array(z.tuple([z.string(), z.string(), z.number().nullable()])).default([]),
});

/** What every sink did to a message, and where it went. Waits until the delivery has been written down. */
export async function readSteps({ data }: Sluice, traceId: string): Promise<readonly Step[]> {
  for (const last = Date.now() + 3_000; ; await wait(50)) {
    const entries = await askSluice(data, 'trace', { id: traceId }).catch(() => []);
    const steps = entries
      .filter(({ kind }) => kind !== 'log')
      .map(({ event, sink, decision, detail: json, ms }): Step => {
        const { delivered, ...edited } = detail.parse(json === '' ? {} : JSON.parse(json));
        const wasRefused = edited.skipped !== undefined;
        const mailboxes = delivered.map(([, mailbox]) => mailbox);
        return { event, sink, decision, ms, did: wordsFor(edited), wasRefused, mailboxes };
      });
    if (steps.some(({ mailboxes }) => mailboxes.length > 0) || Date.now() > last) return steps;
  }
}

type Edited = Omit<z.output<typeof detail>, 'delivered'>;

function wordsFor({ edits, outcomes, skipped }: Edited): readonly string[] {
  if (skipped !== undefined) return [`wanted ${edits.join(' and ')}`, `left as it was: ${skipped}`];
  return edits.map((edit, at) => `${edit}: ${fateOf(edit, outcomes[at])}`);
}

function fateOf(edit: string, fate: z.output<typeof outcome> | undefined): string {
  if (!fate) return 'noted';
  if (fate.kind === 'skipped') return `left as it was: ${fate.reason}`;
  const whole = edit.startsWith('insert-text') ? 'the text' : 'the header';
  return fate.changes.map(({ part, added }) => `${added} octets into ${part ? `part ${part}` : whole}`).join(', ');
}
