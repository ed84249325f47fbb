/** The same value, seen by those who may only read it: what was parsed is never changed afterwards. */
export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
