import { defineSink, fork } from '@sluice/sdk';
import { answer } from '../disclaimer/answer.ts';
import { groupRecipients } from '../disclaimer/copies.ts';
import { settings } from '../disclaimer/settings.ts';

/** The disclaimer, with a copy of its own for recipients other rules are for. See README.md of `disclaimer`. */
export default defineSink({
  name: 'disclaimer-per-copy',
  version: '1.0.0',
  description: 'Adds disclaimers by rules; recipients other rules are for get a copy of their own.',
  role: 'edits',
  needs: ['message', 'clock'],
  wants: ['directory'],
  settings,

  async onCategorized(event, has) {
    const groups = await groupRecipients(event, has);
    return groups.length > 1 ? fork(...groups) : await answer(event, has);
  },
});
