import type { Edited, Editor, MessageEdit, Sealed } from '../events/dispatch.ts';
import type { DeskMessage } from '../message/desk.ts';
import { openMessage, type OpenMessage } from '../message/message.ts';
import { openProtected, type ProtectedMessage, type ProtectionParts, type Sealing } from '../smime/policy.ts';
import type { Classification } from '../smime/smime.ts';

/** What the S/MIME room needs, as it is now, for the mail of a virtual server. */
export type ProtectionPartsOf = (virtualServer: string) => ProtectionParts;

/** A protected message on its way through a chain of bindings. */
export type ProtectedEditing = {
  edit(edits: readonly MessageEdit[], by: Editor): Promise<Edited>;
  /** Null while nothing is opened. */
  seal(): Promise<Sealed> | null;
  /** Whether protection is to be put back: nobody knows the octets before. */
  isOpen(): boolean;
  /** What sinks may see: what is opened, but never what was decrypted; null: the message as it came. */
  view(): OpenMessage | null;
  /** The octets with all edits that could be made; null: those of the message with the edits that need no policy. */
  write(): Uint8Array | null;
};

type Opened = Extract<ProtectedMessage, { kind: 'opened' }> & { readonly by: string; readonly parts: ProtectionParts };

/**
 * The first binding that edits what is protected decides how; later ones edit too where their policy allows the same,
 * and are skipped where not. Header fields nothing protects are everybody's.
 *
 * LIMIT: what is opened is edited and sealed on the serving loop, large as it may be: copied in steps, digested in a
 * thread, and indexed at once, which for 25 MB takes some ms.
 *
 * @param message keeps the edits that touch nothing protected
 * @param largest octets the message may grow to
 */
export function editProtected(
  message: DeskMessage<Classification>,
  partsOf: ProtectionPartsOf,
  largest: number | undefined,
): ProtectedEditing {
  let opened: Opened | null = null;
  let written: Uint8Array | null = null;

  /** With the edits that need no policy: they are part of what is opened. */
  async function current(): Promise<OpenMessage> {
    const octets = await message.write();
    return octets === message.octets && message.model ? message.model : openMessage(octets);
  }

  async function open(edits: readonly MessageEdit[], by: Editor): Promise<Edited> {
    const parts = partsOf(by.virtualServer);
    const found = await openProtected(await current(), edits, { ...by.smime, limit: largest ?? null }, parts);
    if (found.kind === 'plain') return { kind: 'apply', outcomes: await message.edit(edits, largest) };
    const { reason } = found.record;
    if (found.kind !== 'opened') return { kind: found.kind, reason, note: found.record };
    const outcomes = found.message.edit(found.edits);
    if (outcomes.some(({ kind }) => kind === 'done')) opened = { ...found, by: by.key, parts };
    return { kind: 'apply', outcomes, note: found.record };
  }

  async function join(first: Opened, edits: readonly MessageEdit[], by: Editor): Promise<Edited> {
    const forbidden = forbiddenBy(first, by);
    const isAllowed = forbidden === null || (await isPlain(await current(), edits, { by, parts: first.parts }));
    if (isAllowed) return { kind: 'apply', outcomes: first.message.edit(edits, largest) };
    return { kind: 'skip', reason: `${first.by} edits it by ${forbidden}` };
  }

  return {
    edit: (edits, by) => (opened ? join(opened, edits, by) : open(edits, by)),
    seal: () => {
      if (!opened) return null;
      return sealOne(opened).then((sealed) => {
        if (sealed.kind === 'problem') return sealed;
        written = sealed.octets;
        return { kind: 'sealed' };
      });
    },
    isOpen: () => opened !== null,
    view: () => (opened && !opened.isDecrypted ? opened.message : null),
    write: () => written,
  };
}

/** What the first binding needed that this one does not allow, and what it allows; null when it allows all. */
function forbiddenBy({ layers, needs }: Opened, { smime }: Editor): string | null {
  for (const { protection, action } of layers) {
    const allowed: readonly string[] = smime[protection];
    if (!allowed.includes(action)) return `${action}, and this binding allows ${allowed.join(', ')}`;
  }
  if (needs.includes('severalSigners') && smime.severalSigners === 'skip')
    return 'severalSigners: proceed, and this binding has severalSigners: skip';
  if (needs.includes('rekeyUnsigned') && !smime.rekeyUnsigned)
    return 'rekeyUnsigned: true, and this binding has rekeyUnsigned: false';
  return null;
}

/** Whether edits touch nothing that is protected. */
async function isPlain(
  model: OpenMessage,
  edits: readonly MessageEdit[],
  { by, parts }: { readonly by: Editor; readonly parts: ProtectionParts },
): Promise<boolean> {
  const policy = { ...by.smime, signed: ['skip'], encrypted: ['skip'], limit: null } as const;
  return (await openProtected(model, edits, policy, parts)).kind === 'plain';
}

/** Whatever goes wrong in here, keys that do not answer included, the message goes on as it was. */
async function sealOne(opened: Opened): Promise<Sealing> {
  try {
    return await opened.seal();
  } catch (cause) {
    return { kind: 'problem', reason: cause instanceof Error ? cause.message : String(cause) };
  }
}
