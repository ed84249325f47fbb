import type { EventSpec } from '../event-spec.ts';
import { count, text, textOrNull } from '../fields.ts';

/** Of the binding itself. */
export const lifetimeEvents = {
  onTimer: {
    kind: 'tell',
    from: ['timer'],
    about: "One of the sink's own timers is due.",
    source: '-',
    payload: { timer: text('Its name in the manifest.'), due: count('When it was due, epoch milliseconds.') },
    decisions: [],
    edits: [],
    deadline: 30_000,
    cpu: 500,
  },
  onLoad: {
    kind: 'ask',
    from: ['lifetime'],
    about: 'The binding starts with this revision; settings are validated. Throwing refuses to load.',
    source: '-',
    payload: {},
    decisions: ['next'],
    edits: [],
    deadline: 5_000,
    cpu: 500,
  },
  onUnload: {
    kind: 'tell',
    from: ['lifetime'],
    about: 'The binding ends, or the revision was replaced and nothing uses it any more.',
    source: '-',
    payload: { reason: textOrNull('`replaced`, `removed` or `stopped`.') },
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
} as const satisfies Record<string, EventSpec>;
