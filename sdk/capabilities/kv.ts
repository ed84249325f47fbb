/**
 * Durable strings by key, private to the binding. Keys: 1 to 512 characters; values: at most 64 KB; together at most
 * 10 MB.
 */
export type KeyValue = {
  /** @returns null when there is none or it has expired */
  get(key: string): Promise<string | null>;
  /** @param ttl milliseconds; kept for ever when left out */
  put(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Adds to a whole number in one step: counts from several events at once are all there.
   *
   * @param by 1 when left out
   * @param ttl milliseconds from when the number is made; adding later does not prolong it
   * @returns the new number
   * @throws Error when the value is no whole number
   */
  increment(key: string, by?: number, ttl?: number): Promise<number>;
  /**
   * The keys that begin with `prefix`, in order.
   *
   * @param limit at most, and by default, 100
   * @param after only keys after this one: to turn pages
   */
  list(prefix: string, limit?: number, after?: string): Promise<readonly string[]>;
};
