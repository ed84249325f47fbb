import { z } from 'zod';

/** What may be done with a message that is signed, when a binding edits what the signature covers. */
const signedActions = ['skip', 'strip', 'explain', 'resign', 'wrap', 'reject'] as const;
/** The same for one that is encrypted. */
const encryptedActions = ['skip', 'wrap', 'rekey', 'reject'] as const;

/** One action, or several in order of preference. */
function actionsOption<const A extends readonly [string, ...string[]]>(actions: A) {
  const action = z.enum(actions);
  const error = `expected one of ${actions.join(', ')}, or a list of them in order of preference`;
  const list = z.array(action).min(1).max(actions.length);
  return z
    .union([action, list], { error })
    .default([actions[0]])
    .transform((said): readonly A[number][] => (Array.isArray(said) ? said : [said]));
}

/**
 * `smime` of a binding: how its edits of protected messages are made. The first action that is possible is taken;
 * without one the message stays as it is. A signature is never broken in silence.
 */
export const protectionOptions = z.strictObject({
  signed: actionsOption(signedActions),
  encrypted: actionsOption(encryptedActions),
  /** Whose signature `resign` makes: that of who sent the message, or that of a gateway of ours. */
  resignAs: z.enum(['sender', 'gateway']).default('sender'),
  /** One of `smime.gateways`. */
  gateway: z.string().min(1).max(64).nullable().default(null),
  /** Whether a message with more than one signature may be edited. */
  severalSigners: z.enum(['skip', 'proceed']).default('skip'),
  /** Whether `rekey` may edit contents that anybody could have changed: CBC without a valid signature inside. */
  rekeyUnsigned: z.boolean('expected true or false').default(false),
  /** Language of what is said in a message. */
  language: z.enum(['en', 'de', 'fr', 'es', 'ja', 'from-message']).default('en'),
  /** Own words by language; `{signer}`, `{verdict}` and `{time}` stand for what they name. */
  wording: z.record(z.string().min(1).max(32), z.string().min(1).max(2_000)).nullable().default(null),
});

/** What a binding says of protected messages, defaults filled in. */
export type Protecting = Readonly<z.output<typeof protectionOptions>>;

/** Protected messages stay as they are. */
export const untouching: Protecting = protectionOptions.parse({});
