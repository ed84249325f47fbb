import { defineSink, next } from '@sluice/sdk';

/** Does no harm. */
export default defineSink({
  name: 'bystander',
  version: '1.0.0',
  description: 'Does no harm.',
  role: 'decides',
  onRcpt() {
    return next();
  },
});
