import { defineSink } from '@sluice/sdk';

/** Holds on to everything. */
export default defineSink({
  name: 'eats',
  version: '1.0.0',
  description: 'Holds on to everything.',
  role: 'decides',
  onRcpt() {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 100_000 }, () => held.length));
  },
});
