import type { EditableMessage, Edited, MessageEdit } from '../events/dispatch.ts';
import { openDesk, type Desk, type DeskMessage } from '../message/desk.ts';
import { protectionOf, type Classification } from '../smime/smime.ts';
import type { Log } from '../telemetry/telemetry.ts';
import type { Harvester } from './harvester.ts';
import { editProtected, type ProtectedEditing, type ProtectionPartsOf } from './protected-editing.ts';

/** A message a chain of sinks can edit: the message room's model under the S/MIME room's protection. */
export type OpenedMessage = EditableMessage & {
  /** The octets with all edits, after `seal`; the same object when nothing was edited. */
  write(): Uint8Array | Promise<Uint8Array>;
};

/** Where messages are opened for chains. */
export type Editables = AsyncDisposable & {
  /**
   * Large messages are read and edited in a thread. What is small and not protected is edited at once, without a promise.
   *
   * @param id names the octets to the sandbox: they go to a host once
   * @throws Fault `message.unread`
   */
  readonly openEditable: (octets: Uint8Array, id: string) => Promise<OpenedMessage>;
};

/** @param look told every signed message, as it is opened */
export function createEditables(
  partsOf: ProtectionPartsOf,
  log: Pick<Log, 'warn'>,
  look: Harvester = () => undefined,
): Editables {
  const worker = new URL('message-desk-thread.ts', import.meta.url);
  const desk: Desk<Classification> = openDesk({ worker, look: protectionOf, log });
  return {
    async openEditable(octets, id) {
      const message = await desk.open(octets);
      if (message.seen().protection === 'signed') look(message);
      return editableOf(message, id, partsOf);
    },
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

function editableOf(message: DeskMessage<Classification>, id: string, partsOf: ProtectionPartsOf): OpenedMessage {
  let editing: ProtectedEditing | null = null;
  const view = () => editing?.view() ?? message;
  return {
    id,
    octets: message.octets,
    data: () => view().data(message.seen().protection),
    edit(edits, by) {
      if (message.seen().protection === 'none') return editPlain(message, edits);
      return (editing ??= editProtected(message, partsOf)).edit(edits, by);
    },
    seal: () => editing?.seal() ?? null,
    newest: () => (editing?.isOpen() ? null : message.write()),
    text: () => view().text(),
    html: () => view().html(),
    write: () => editing?.write() ?? message.write(),
  };
}

function editPlain(message: DeskMessage<Classification>, edits: readonly MessageEdit[]): Edited | Promise<Edited> {
  const report = message.edit(edits);
  if (report instanceof Promise) return report.then((outcomes) => ({ kind: 'apply', outcomes }));
  return { kind: 'apply', outcomes: report };
}
