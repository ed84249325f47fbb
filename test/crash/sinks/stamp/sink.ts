import { defineSink, next, prependField } from '@sluice/sdk';

/** Marks every message, so that a message edited twice after a crash is seen. */
export default defineSink({
  name: 'stamp',
  version: '1.0.0',
  description: 'Puts one X-Stamp field on every message.',
  role: 'edits',
  onArrival: () => next(prependField('X-Stamp', 'seen')),
});
