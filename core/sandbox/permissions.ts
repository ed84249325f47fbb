/** What a host needs to start and never again. */
const forStart = ['fs.read', 'addon', 'worker'];

/**
 * Gives up, for good and for the calling thread, what starting needed: reading files, loading native code, starting
 * threads. Everything else was never granted.
 */
export function dropPermissions(): void {
  const { permission }: { readonly permission?: unknown } = process;
  if (typeof permission !== 'object' || permission === null) return;
  if (!('drop' in permission) || typeof permission.drop !== 'function') return;
  for (const scope of forStart) permission.drop(scope);
}
