export { openLog, type Log } from './log.ts';
export { openTrace, type Trace, type TraceEntry } from './trace.ts';
export { openLoopDelay, type LoopDelay } from './loop-delay.ts';
export type { RecordedEvent, RecordOptions } from './recorded-event.ts';
