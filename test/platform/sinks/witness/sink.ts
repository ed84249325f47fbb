import { defineSink, next, reject, reply } from '@sluice/sdk';

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
  onDeferred: ({ recipient }, { log }) => log.info(`onDeferred ${recipient}`),
  onResolve: ({ recipient, result }, { log }) => (log.info(`onResolve ${result} ${recipient}`), next()),
  onCategorized: ({ envelope }, { log }) => (log.info(`onCategorized ${envelope.recipients.length}`), next()),
  onRoute: ({ domain }, { log }) => (log.info(`onRoute ${domain}`), next()),
  onDeliver: ({ mailbox }, { log }) => (log.info(`onDeliver ${mailbox}`), next()),
  onReport: ({ action }, { log }) => (log.info(`onReport ${action}`), next()),
  onSessionStart: ({ name }, { log }) => (log.info(`onSessionStart ${name}`), next()),
  onMessageStart: ({ reversePath }, { log }) => (log.info(`onMessageStart ${reversePath}`), next()),
  onPerRecipient: ({ recipient }, { log }) => (log.info(`onPerRecipient ${recipient}`), next()),
  onBeforeData: ({ host }, { log }) => (log.info(`onBeforeData ${host}`), next()),
  onServerResponse: (event, { log }) => (log.info(`onServerResponse ${event.verb} ${event.reply.code}`), next()),
  onSessionEnd: ({ host }, { log }) => log.info(`onSessionEnd ${host}`),
  onCommand: ({ verb, argument, virtualServer: { protocol } }, { log }) => {
    log.info(`onCommand ${protocol} ${verb} ${argument}`);
    return reply(`hello ${argument}`);
  },
  onAuth: ({ verified }, { log }) => (log.info(`onAuth ${verified}`), next()),
  onRetrieve: ({ verb }, { log }) => (log.info(`onRetrieve ${verb}`), next()),
});
