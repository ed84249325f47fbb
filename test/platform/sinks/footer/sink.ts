import { defineSink, insertText, next } from '@sluice/sdk';

/** Edits while the client waits, so that a policy that refuses is a reply. */
export default defineSink({
  name: 'footer',
  version: '1.0.0',
  description: 'Adds a line to every message while its client waits.',
  role: 'edits',

  onEndOfData: () => next(insertText({ plain: 'Seen at the gate.', html: '<p>Seen at the gate.</p>' })),
});
