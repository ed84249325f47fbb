import { defineSink } from '@sluice/sdk';

/** Throws what is no Error. */
export default defineSink({
  name: 'throws',
  version: '1.0.0',
  description: 'Throws what is no Error.',
  role: 'decides',
  onRcpt() {
    // oxlint-disable-next-line no-throw-literal -- the point
    throw 'a string';
  },
});
