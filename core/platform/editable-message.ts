import type { EditableMessage, Edited, Editor, MessageEdit } from '../events/dispatch.ts';
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
   * @param largest octets the next hop takes; null or left out where that is not known
   * @throws Fault `message.unread`
   */
  readonly openEditable: (octets: Uint8Array, id: string, largest?: number | null) => Promise<OpenedMessage>;
};

/**
 * @param look told every signed message, as it is opened
 * @param largestOf octets a message of a virtual server may have (SIZE); null where nothing is said
 */
export function createEditables(
  partsOf: ProtectionPartsOf,
  log: Pick<Log, 'warn'>,
  look: Harvester = () => undefined,
  largestOf: (virtualServer: string) => number | null = () => null,
): Editables {
  const worker = new URL('message-desk-thread.ts', import.meta.url);
  const desk: Desk<Classification> = openDesk({ worker, look: protectionOf, log });
  return {
    async openEditable(octets, id, hop) {
      const message = await desk.open(octets);
      if (message.seen().protection === 'signed') look(message);
      const largest = ({ virtualServer }: Editor): number | undefined => least(hop, largestOf(virtualServer));
      return editableOf(message, id, { partsOf, largest });
    },
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

const least = (...all: readonly (number | null | undefined)[]): number | undefined => {
  const known = all.filter((one) => one !== null && one !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

type Editing = {
  readonly partsOf: ProtectionPartsOf;
  /** Octets the message may grow to by these edits. */
  readonly largest: (by: Editor) => number | undefined;
};

function editableOf(message: DeskMessage<Classification>, id: string, { partsOf, largest }: Editing): OpenedMessage {
  let editing: ProtectedEditing | null = null;
  const view = () => editing?.view() ?? message;
  return {
    id,
    octets: message.octets,
    data: () => view().data(message.seen().protection),
    edit(edits, by) {
      if (message.seen().protection === 'none') return editPlain(message, edits, largest(by));
      return (editing ??= editProtected(message, partsOf, largest(by))).edit(edits, by);
    },
    seal: () => editing?.seal() ?? null,
    newest: () => (editing?.isOpen() ? null : message.write()),
    text: () => view().text(),
    html: () => view().html(),
    write: () => editing?.write() ?? message.write(),
  };
}

function editPlain(
  message: DeskMessage<Classification>,
  edits: readonly MessageEdit[],
  largest: number | undefined,
): Edited | Promise<Edited> {
  const report = message.edit(edits, largest);
  if (report instanceof Promise) return report.then((outcomes) => ({ kind: 'apply', outcomes }));
  return { kind: 'apply', outcomes: report };
}
