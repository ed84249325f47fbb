import type { Edit } from '../../sdk/edits.ts';
import { isSameAddress } from './address.ts';
import type { AnyPayload } from './subject.ts';

/**
 * The payload as the next sink sees it: one edit later. Pure. Edits of the message, the greeting and the session's tags are
 * not in the payload and leave it as it is.
 */
export function applyToPayload(payload: AnyPayload, edit: Edit, isLocal: (address: string) => boolean): AnyPayload {
  switch (edit.kind) {
    case 'add-capability':
      return { ...payload, capabilities: [...(payload.capabilities ?? []), edit.line] };
    case 'hide-capability':
      return {
        ...payload,
        capabilities: (payload.capabilities ?? []).filter((line) => !announces(line, edit.keyword)),
      };
    case 'set-reverse-path':
      return withReversePath(payload, edit.address);
    case 'set-recipient':
      return withRecipient(payload, edit.address, isLocal);
    case 'add-recipient':
      return withRecipients(payload, (all) => (isAmong(all, edit.address) ? all : [...all, edit.address]));
    case 'remove-recipient':
      return withRecipients(payload, (all) => all.filter((one) => !isSameAddress(one, edit.address)));
    case 'set-members':
      return { ...payload, members: edit.addresses };
    case 'set-next-hops':
      return { ...payload, hosts: edit.hosts };
    case 'set-mailbox':
      return { ...payload, mailbox: edit.mailbox };
    case 'set-helo-name':
      return { ...payload, name: edit.name };
    case 'set-greeting':
    case 'set-tag':
    case 'prepend-field':
    case 'append-field':
    case 'set-field':
    case 'remove-fields':
    case 'insert-text':
    case 'replace-part':
    case 'add-part':
    case 'remove-part':
    case 'wrap':
      break;
  }
  return payload;
}

/** The payload after a `redirect`: of the one recipient the event is about, else of the whole envelope. */
export function redirectPayload(
  payload: AnyPayload,
  recipients: readonly string[],
  isLocal: (address: string) => boolean,
): AnyPayload {
  const [first] = recipients;
  return payload.recipient === undefined || first === undefined
    ? withRecipients(payload, () => recipients)
    : withRecipient(payload, first, isLocal);
}

function withReversePath(payload: AnyPayload, reversePath: string): AnyPayload {
  const { envelope } = payload;
  return envelope ? { ...payload, envelope: { ...envelope, reversePath } } : { ...payload, reversePath };
}

function withRecipient(payload: AnyPayload, recipient: string, isLocal: (address: string) => boolean): AnyPayload {
  return { ...payload, recipient, local: isLocal(recipient) };
}

function withRecipients(payload: AnyPayload, change: (recipients: readonly string[]) => readonly string[]): AnyPayload {
  const { envelope } = payload;
  return envelope ? { ...payload, envelope: { ...envelope, recipients: change(envelope.recipients) } } : payload;
}

const isAmong = (all: readonly string[], address: string): boolean => all.some((one) => isSameAddress(one, address));

function announces(line: string, keyword: string): boolean {
  const [first = ''] = line.split(' ', 1);
  return first.toUpperCase() === keyword.toUpperCase();
}
