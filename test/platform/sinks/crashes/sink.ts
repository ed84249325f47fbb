import { defineSink, next } from '@sluice/sdk';

/** Ends its process: V8 aborts on an array this large. */
export default defineSink({
  name: 'crashes',
  version: '1.0.0',
  description: 'Ends its process: V8 aborts on an array this large.',
  role: 'decides',
  onRcpt() {
    let long = 'a';
    while (long.length < 2 ** 28) long += long;
    const pieces = /a/g[Symbol.match](long);
    return pieces === null ? next() : next();
  },
});
