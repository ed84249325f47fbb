/** What the directory knows of an address. `unknown`: nobody in a domain of ours; `remote`: not a domain of ours. */
export type DirectoryEntry =
  | {
      readonly kind: 'user';
      /** In its canonical form. */
      readonly address: string;
      /** What the administrator wrote of the user: `displayName`, `title` …; empty when nothing. */
      readonly attributes: Readonly<Record<string, string>>;
    }
  /** What it stands for: one address, or several; at most 100 of the `count` are named. They may be aliases in turn. */
  | {
      readonly kind: 'alias' | 'group';
      readonly address: string;
      readonly members: readonly string[];
      readonly count: number;
    }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'remote' };

/** Who has a mailbox here. */
export type Directory = {
  lookup(address: string): Promise<DirectoryEntry>;
};
