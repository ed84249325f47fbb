import { defineSink } from '@sluice/sdk';

/** Never comes back. */
export default defineSink({
  name: 'loops',
  version: '1.0.0',
  description: 'Never comes back.',
  role: 'decides',
  onRcpt() {
    for (;;);
  },
});
