/**
 * What one sink may use. Lengths are in characters of JSON text inside the isolate and count as octets here; times
 * are in milliseconds. `sandbox.md` §9 has the reasons.
 */
export const limits = {
  /** Host calls one event may make; lines of log do not count. */
  hostCalls: 50,
  /** Host calls of one event that may wait for their answer at the same time. */
  inFlight: 16,
  /** Everything one event may send out: its answer and its host calls. */
  outbox: 1024 * 1024,
  /** Everything one isolate may send out in one pump; above it the isolate is disposed of. */
  pump: 16 * 1024 * 1024,
  /** The text of an error. */
  errorText: 4096,
  /** Log of one isolate in a minute; what is over is counted and left out. */
  logPerMinute: 64 * 1024,
  /** What a host call may answer. */
  hostAnswer: 4 * 1024 * 1024,
  /** Octets of a message in one `message.octets` call. */
  octetsRange: 1024 * 1024,
  /** Messages up to this size are shared with an isolate whole, without a copy; larger ones are copied range by range. */
  octetsShared: 4 * 1024 * 1024,
  /** Of a list, and characters of a text, a native that no time limit interrupts takes. */
  elements: 4_000_000,
  characters: 16_000_000,
  /** What a sink says of itself. */
  manifest: 64 * 1024,
  /** Loading a bundle, and validating settings. */
  load: 1000,
  /** Events in one frame. */
  frameEvents: 64,
  /** Frames of one isolate that are out at the same time; what comes later waits and travels together. */
  framesOut: 4,
  /** Calls that wait in the whole sandbox. */
  calls: 20_000,
  /** What a frame may take beyond its CPU time before its host is killed. */
  grace: 50,
  /** How often one event may be run again because of somebody else. */
  replays: 3,
} as const;
