import { createEditables } from '../../core/platform/editable-message.ts';
import { createTrust } from '../../core/smime/trust.ts';

/** Opens messages as a Sluice does that trusts nobody and has no keys. */
export const { openEditable } = createEditables(
  () => ({ trust: createTrust([]), keystore: null, now: Date.now, hostname: 'mail.example.test' }),
  { warn: () => undefined },
);
