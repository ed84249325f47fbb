import type { EventContext } from '../../../sdk/context.ts';
import { specOf, type EventName } from '../../../sdk/catalogue.ts';
import type { Edit } from '../../../sdk/edits.ts';
import type { MessageData } from '../../../sdk/message.ts';
import type { BoundEvent } from '../generation.ts';
import { applyToPayload, redirectPayload } from '../payload.ts';
import type { AnyPayload, EditableMessage, Edited, Editor, Facts, MessageEdit, Subject } from '../subject.ts';

/** One event on its way past its bindings, as it stands after the edits so far. */
export type Course = Facts & {
  readonly event: EventName;
  /** Accepted edits that are not of the message, in order. */
  readonly edits: readonly Edit[];
  /** Whose edits of the message were made, in order. */
  readonly editors: BoundEvent[];
  /** What they noted. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the sink of this binding is given: plain JSON. */
  wireFor(bound: BoundEvent): object;
  apply(edits: readonly Edit[]): void;
  redirect(recipients: readonly string[]): void;
  /** The sink after this one sees the message as it is then. */
  editMessage(message: EditableMessage, edits: readonly MessageEdit[], by: Editor): Edited | Promise<Edited>;
};

/** What happened, before anybody is asked. */
export type Occasion = { readonly event: EventName; readonly subject: Subject; readonly payload: AnyPayload };

export function openCourse({ event, subject, payload: given }: Occasion): Course {
  const carriesMessage = 'message' in specOf(event).payload;
  let payload = given;
  let edits: readonly Edit[] = [];
  let tags: Readonly<Record<string, string>> = {};
  let seen: MessageData | null = null;

  const message = (): MessageData | null => {
    if (carriesMessage && subject.message) seen ??= subject.message.data();
    return seen;
  };

  const course: Course = {
    event,
    subject,
    message,
    editors: [],
    get payload() {
      return payload;
    },
    get edits() {
      return edits;
    },
    get tags() {
      return tags;
    },
    wireFor(bound) {
      const data = message();
      const context = contextOf(bound, course, tags);
      return data ? { ...payload, message: data, ...context } : { ...payload, ...context };
    },
    apply(more) {
      edits = [...edits, ...more];
      for (const edit of more) {
        payload = applyToPayload(payload, edit, (address) => subject.isLocal(address));
        if (edit.kind === 'set-tag') tags = { ...tags, [edit.name]: edit.value };
      }
    },
    redirect(recipients) {
      payload = redirectPayload(payload, recipients, (address) => subject.isLocal(address));
    },
    editMessage(edited, more, by) {
      seen = null;
      return edited.edit(more, by);
    },
  };
  return course;
}

function contextOf({ binding, priority, rule }: BoundEvent, facts: Facts, tags: Course['tags']): EventContext {
  const { traceId, virtualServer, session } = facts.subject;
  return {
    traceId,
    virtualServer,
    binding: { name: binding.name, priority },
    matchedRecipients: rule?.recipients(facts) ?? null,
    session: session && { ...session, tags: { ...session.tags, ...tags } },
  };
}
