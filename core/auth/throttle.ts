import { networkOf } from '../network-of.ts';

/** Keeps those who guess passwords from trying on and on, by the address they come from. */
export type Throttle = {
  /** Whether this address has failed too often lately: its credentials are not even looked at. */
  isHeld(address: string): boolean;
  failed(address: string): void;
  succeeded(address: string): void;
};

export type ThrottleOptions = {
  /** Failures within the window, then nothing more is checked until it is over. */
  readonly most?: number;
  /** Milliseconds. */
  readonly window?: number;
  /** Addresses kept in mind; the one that failed longest ago is forgotten first. */
  readonly addresses?: number;
  readonly now: () => number;
};

type Failures = { count: number; readonly since: number };

/**
 * Counts failures per address; an IPv6 client counts as its /64, which is what one customer has.
 *
 * LIMIT: in memory. A restart forgives.
 */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { most = 20, window = 10 * 60_000, addresses = 10_000, now } = options;
  const failures = new Map<string, Failures>();

  const current = (key: string): Failures | null => {
    const found = failures.get(key);
    if (found && now() - found.since < window) return found;
    failures.delete(key);
    return null;
  };

  return {
    isHeld: (address) => (current(networkOf(address))?.count ?? 0) >= most,
    failed(address) {
      const key = networkOf(address);
      const found = current(key) ?? { count: 0, since: now() };
      found.count += 1;
      failures.delete(key);
      failures.set(key, found);
      const [oldest] = failures.size > addresses ? failures.keys() : [];
      if (oldest !== undefined) failures.delete(oldest);
    },
    succeeded: (address) => void failures.delete(networkOf(address)),
  };
}
