import { defineSink } from '@sluice/sdk';
import { answer } from './answer.ts';
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

  onArrival: async (event, has) => answer(event, has),
});
