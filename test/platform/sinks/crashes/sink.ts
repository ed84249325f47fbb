import { defineSink, next } from '@sluice/sdk';

/** Ends its process: V8 aborts on an array this large. */
export default defineSink({
  name: 'crashes',
  version: '1.0.0',
  description: 'Ends its process: V8 aborts on an array this large.',
  role: 'decides',
  onRcpt() {
    const pieces = 'a'.repeat(2 ** 28).split('');
    return pieces.length > 0 ? next() : next();
  },
});
