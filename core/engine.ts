import { z } from 'zod';

/** What can run a sink: V8 in an isolate; or QuickJS in WebAssembly, which is slower and leaves less to attack. */
export const engineOption = z.enum(['isolate', 'quickjs'], 'expected isolate or quickjs');
export type Engine = z.output<typeof engineOption>;
