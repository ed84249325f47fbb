/** What one record of each type is. */
export type DnsRecords = {
  /** An IPv4 address. */
  readonly A: string;
  /** An IPv6 address. */
  readonly AAAA: string;
  /** Lowest priority first (RFC 5321 §5.1). */
  readonly MX: { readonly priority: number; readonly exchange: string };
  /** The strings of one record, joined (RFC 7208 §3.3). */
  readonly TXT: string;
  readonly PTR: string;
};

export type DnsType = keyof DnsRecords;

/** `none`: the name does not exist, or has no record of that type. `failed`: nobody knows now; ask again later. */
export type DnsAnswer<Record> =
  | { readonly kind: 'found'; readonly records: readonly Record[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: 'timeout' | 'refused' | 'server' | 'busy' };

/** Asks the domain name system, never a hosts file. */
export type Dns = {
  /**
   * @param name in ASCII (A-labels); for PTR also an IP address, turned around as RFC 1035 §3.5 and RFC 3596 §2.5 say
   * @returns at most 100 records
   */
  resolve<T extends DnsType>(name: string, type: T): Promise<DnsAnswer<DnsRecords[T]>>;
};
