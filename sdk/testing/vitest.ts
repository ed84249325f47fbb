import { expect } from 'vitest';
import { matchers, type SinkMatchers } from './matchers.ts';

expect.extend(matchers);

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-empty-object-type, no-unused-vars -- vitest merges interfaces of this shape
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends SinkMatchers {}
}
