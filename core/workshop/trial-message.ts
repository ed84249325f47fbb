import { createEditables, type OpenedMessage } from '../platform/editable-message.ts';
import { insertText } from '../../sdk/edits.ts';
import { openMessage } from '../message/message.ts';
import { defaultPolicy, openProtected, type ProtectionParts } from '../smime/policy.ts';
import { protectionOf } from '../smime/smime.ts';
import { createTrust } from '../smime/trust.ts';

/** LIMIT: a trial trusts no certificate and has no keys: what needs one falls back as its policy says. */
const parts: ProtectionParts = {
  trust: createTrust([]),
  keystore: null,
  now: Date.now,
  hostname: 'mail.example.test',
};

let last = 0;

/** Opens a message for one event of a trial, as the platform does. */
export async function openTrialMessage(octets: Uint8Array): Promise<OpenedMessage> {
  const editables = createEditables(() => parts, { warn: () => undefined });
  return await editables.openEditable(octets, `trial-${(last += 1)}`);
}

/**
 * What protects a message, and what its signatures are worth, in a line for a person. Nobody is trusted here, so a
 * signature that verifies is `untrusted`.
 */
export async function describeProtection(octets: Uint8Array): Promise<string> {
  const model = openMessage(octets);
  const { protection, reason } = protectionOf(model);
  if (protection === 'none') return 'neither signed nor encrypted';
  const edit = insertText({ plain: 'x', html: 'x' });
  const found = await openProtected(model, [edit], defaultPolicy, parts);
  const signers = 'record' in found ? found.record.signers : [];
  const worth = signers.map(
    ({ subject, verdict }) => `${verdict === 'untrusted' ? 'intact' : verdict} (${subject ?? 'no certificate'})`,
  );
  return [`${protection}: ${reason}`, ...worth].join(', ');
}
