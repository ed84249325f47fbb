import { defineSink } from '@sluice/sdk';

/** Answers what is no decision. */
export default defineSink({
  name: 'answers-nonsense',
  version: '1.0.0',
  description: 'Answers what is no decision.',
  role: 'decides',
  // @ts-expect-error -- the point
  onRcpt() {
    return { kind: 'maybe' };
  },
});
