/**
 * What a sink does in onRcpt, as JavaScript, by a name that is the local part of who sends its mail. `event`, `has`,
 * `next`, `state` (kept between events) and `long()` (a text of 2^28 characters) are there. What it returns is its
 * answer; `true` says that it got out.
 */
export type Attacks = Readonly<Record<string, string>>;
