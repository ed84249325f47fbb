import { defineSink, next, type Message } from '@sluice/sdk';
import { decide } from './decide.ts';
import { readable } from './reasons.ts';
import { settings } from './settings.ts';

/** Adds a disclaimer to what people write, once. See README.md beside this file. */
export default defineSink({
  name: 'disclaimer',
  version: '2.0.0',
  description: 'Adds disclaimers and banners to messages, by rules, once, and not to automatic mail.',
  role: 'edits',
  needs: ['message', 'clock'],
  wants: ['directory'],
  settings,

  async onArrival(event, has) {
    const outcome = await decide(event, has);
    const { message } = event;
    const proof = { ...outcome.proof, protection: message.protection, untouched: untouchedIn(message) };
    if (outcome.kind === 'edit') {
      has.log.info('disclaimer added', proof);
      return next(...outcome.edits);
    }
    has.log[outcome.isFailure ? 'error' : 'info'](`no disclaimer: ${outcome.reason}`, proof);
    return next();
  },
});

/** Forms of the text nobody edits: what they show stays without. */
const untouchedIn = ({ tree }: Message): readonly string[] =>
  readable(tree).flatMap(({ path, type }) =>
    type === 'text/x-amp-html' || type === 'text/calendar' ? [`${path} ${type}`] : [],
  );
