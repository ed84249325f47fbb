import { defineSink, insertText, next, prependField, reject } from '@sluice/sdk';

/** Does one thing after another of what a sink may do, as its subject or recipient says. */
export default defineSink({
  name: 'probe',
  version: '1.0.0',
  description: 'Does what it is told.',
  role: 'edits',
  needs: ['kv', 'message', 'clock'],
  async onRcpt({ recipient, session }, { kv, log }) {
    const count = Number((await kv.get(recipient)) ?? 0) + 1;
    await kv.put(recipient, String(count));
    log.info('counted', { count, from: session?.remote.address });
    return count > 1 ? reject('Once is enough') : next();
  },
  async onArrival({ message }, has) {
    if (message.field('Subject') === 'throw') throw new Error('as told');
    if (message.field('Subject') === 'nonsense') return undefined as never;
    const text = await has.message.text();
    const head = await has.message.octets(0, 4);
    return next(prependField('X-Read', `${head} ${text?.trim()}`), insertText({ plain: 'Bye', html: '<p>Bye</p>' }));
  },
});
