import { defineSink, next, prependField } from '@sluice/sdk';

/** Greets the recipient in a field of the header. */
export default defineSink({
  name: 'hello',
  version: '1.0.0',
  description: 'Says hello in the header of every message.',
  role: 'edits',
  onArrival({ envelope, message }, { log }) {
    const [recipient = 'nobody'] = envelope.recipients;
    log.info('said hello', { recipient, subject: message.field('Subject') });
    return next(prependField('X-Hello', `Hello, ${recipient}`));
  },
});
