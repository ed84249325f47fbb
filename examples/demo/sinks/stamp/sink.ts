import { addCapability, defineSink, next, prependField } from '@sluice/sdk';

/** The demo edits this line in a copy of the file, while Sluice runs. */
const version = 'first';

export default defineSink({
  name: 'stamp',
  version: '1.0.0',
  description: 'Says which version of itself is at work: to clients in the EHLO reply, and on every message.',
  role: 'edits',
  onEhlo: () => next(addCapability(`X-STAMP ${version}`)),
  onArrival: () => next(prependField('X-Stamp', `${version} version of the stamp sink`)),
});
