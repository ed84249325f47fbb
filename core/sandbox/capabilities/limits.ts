/**
 * What bounds the sandbox itself; what one sink may use is in core/limits.ts. Lengths are in characters of JSON text inside the isolate and count as octets here; times
 * are in milliseconds. `sandbox.md` §9 has the reasons.
 */
export const limits = {
  /** Everything one isolate may send out in one pump; above it the isolate is disposed of. */
  pump: 16 * 1024 * 1024,
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
  /** Calls that wait in the whole sandbox, and those of one tenant. */
  calls: 20_000,
  callsEach: 10_000,
  /** What a frame may take beyond its CPU time before its host is killed. */
  grace: 50,
  /** How often one event may be run again because of somebody else. */
  replays: 3,
} as const;
