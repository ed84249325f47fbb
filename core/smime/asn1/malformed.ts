/** What is wrong with an encoding. Thrown inside the engine only: every door of core/smime makes a value of it. */
export class Malformed extends Error {
  override readonly name: string = 'Malformed';
}

/** The octets end before the element does: with more of them it may be well-formed. */
export class Incomplete extends Malformed {
  override readonly name = 'Incomplete';
}
