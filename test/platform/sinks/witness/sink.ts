import { defineSink, next, reject } from '@sluice/sdk';

/** Says of every event that it was there. */
export default defineSink({
  name: 'witness',
  version: '1.0.0',
  description: 'Writes a line for every event.',
  role: 'decides',
  timers: { tick: { every: '1s' }, second: { cron: '* * * * * *' } },
  onLoad: (event, { log }) => (log.info('onLoad'), next()),
  onUnload: ({ reason }, { log }) => log.info('onUnload', { reason }),
  onTimer: ({ timer }, { log }) => log.info(`onTimer ${timer}`),
  onConnect: ({ session }, { log }) => (log.info(`onConnect ${session?.protocol}`), next()),
  onEhlo: (event, { log }) => (log.info('onEhlo'), next()),
  onMail: (event, { log }) => (log.info('onMail'), next()),
  onRcpt: (event, { log }) => (log.info('onRcpt'), next()),
  onData: (event, { log }) => (log.info('onData'), next()),
  onEndOfData: (event, { log }) => (log.info('onEndOfData'), next()),
  onReject: ({ verb }, { log }) => log.info(`onReject ${verb}`),
  onDisconnect: ({ session }, { log }) => log.info(`onDisconnect ${session?.protocol}`),
  onArrival({ message }, { log }) {
    log.info('onArrival');
    return message.field('Subject') === 'bounce me' ? reject('Bounced', { code: 554, status: '7.0' }) : next();
  },
  onDelivered: ({ recipient }, { log }) => log.info(`onDelivered ${recipient}`),
  onBounced: ({ recipient }, { log }) => log.info(`onBounced ${recipient}`),
  onAuth: ({ verified }, { log }) => (log.info(`onAuth ${verified}`), next()),
  onRetrieve: ({ verb }, { log }) => (log.info(`onRetrieve ${verb}`), next()),
});
