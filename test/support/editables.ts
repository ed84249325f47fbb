import { createEditables } from '../../core/platform/editable-message.ts';
import { createTrust } from '../../core/smime/trust.ts';

const editables = createEditables(
  () => ({ trust: createTrust([]), keystore: null, now: Date.now, hostname: 'mail.example.test' }),
  { warn: () => undefined },
);

/** Opens messages as a Sluice does that trusts nobody and has no keys. */
export const openEditable: typeof editables.openEditable = (octets, id) => editables.openEditable(octets, id);
