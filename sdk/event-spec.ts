import type { DecisionKind } from './decisions.ts';
import type { EditKind } from './edits.ts';
import type { Field } from './fields.ts';

export type Protocol = 'smtp' | 'pop3';
type Source = Protocol | 'queue' | 'timer' | 'lifetime';

/** What happened to a fault, when the sink had no say: see `onFault` of a binding. */
export type OnFault = 'next' | 'defer' | 'quarantine' | 'reject';

/** One row of the catalogue. */
export type EventSpec = {
  /**
   * `ask`   before the fact: sinks answer one after the other, in order of priority, until one settles it
   * `tell`  after the fact: answers are ignored
   */
  readonly kind: 'ask' | 'tell';
  /** Who emits it. */
  readonly from: readonly Source[];
  /** When, in one line. */
  readonly about: string;
  /** Where it comes from: an RFC section, or `-` for our own. */
  readonly source: string;
  readonly payload: Readonly<Record<string, Field<unknown>>>;
  readonly decisions: readonly DecisionKind[];
  readonly edits: readonly EditKind[];
  /** Milliseconds one sink may take, host calls included; a binding may ask for less. */
  readonly deadline: number;
  /** Milliseconds of CPU one sink may take for one event. */
  readonly cpu: number;
  /** Tells only: whether each matching binding is told at least once, even over a crash. */
  readonly atLeastOnce?: boolean;
};
