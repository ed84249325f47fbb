/** Anything that is told apart by an id: a virtual server, a binding by its key. */
export type Named = { readonly id: string };

/** One step from the running items to the desired ones. */
export type Change<T extends Named> =
  | { readonly kind: 'add'; readonly item: T }
  | { readonly kind: 'replace'; readonly item: T; readonly was: T }
  | { readonly kind: 'remove'; readonly was: T };

/**
 * What has to happen to get from the running items to the desired ones.
 * Pure: reading, printing and testing it need no server.
 *
 * @param same whether two items of one id differ in nothing; `isDeepStrictEqual` for plain data
 * @returns additions first, then replacements, then removals, so that nothing is missing in between
 */
export function plan<T extends Named>(
  running: readonly T[],
  desired: readonly T[],
  same: (a: T, b: T) => boolean,
): readonly Change<T>[] {
  const before = new Map(running.map((item) => [item.id, item]));
  const after = new Set(desired.map(({ id }) => id));

  const add = desired.filter(({ id }) => !before.has(id)).map((item) => ({ kind: 'add', item }) as const);
  const replace = desired.flatMap((item) => {
    const was = before.get(item.id);
    return was && !same(was, item) ? [{ kind: 'replace', item, was } as const] : [];
  });
  const remove = running.filter(({ id }) => !after.has(id)).map((was) => ({ kind: 'remove', was }) as const);
  return [...add, ...replace, ...remove];
}

/** `add mx, replace pop, remove old`: for the log and for `sluice reload`. */
export function formatChange<T extends Named>(change: Change<T>): string {
  return `${change.kind} ${change.kind === 'remove' ? change.was.id : change.item.id}`;
}
