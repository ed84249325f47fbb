/** Keys of what is locked, for each owner of the maildrops. */
const locked = new WeakMap<object, Set<string>>();

/**
 * The exclusive-access lock of a maildrop, over all POP3 servers that serve the same store.
 *
 * @param owner the store the maildrops are in
 * @returns null when another session holds it; dispose of the lock to let go, twice does no harm
 * @source RFC 1939 §4
 */
export function lockMaildrop(owner: object, mailbox: string): Disposable | null {
  const held = locked.get(owner) ?? new Set<string>();
  if (held.has(mailbox)) return null;
  locked.set(owner, held.add(mailbox));
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (isHeld) held.delete(mailbox);
      isHeld = false;
    },
  };
}
