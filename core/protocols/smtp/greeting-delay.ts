/**
 * Holds the greeting back. Without a delay it still gives octets sent along with the connection one turn of the event
 * loop to show up, which costs no time: so who talks first is found out all the same.
 *
 * @param delay milliseconds
 * @returns a function that gives up waiting
 */
export function holdGreeting(delay: number, greet: () => void): () => void {
  if (delay > 0) {
    const timer = setTimeout(greet, delay);
    return () => clearTimeout(timer);
  }
  // The first turn ends before the new socket is polled, the second after it.
  let turn = setImmediate(() => {
    turn = setImmediate(greet);
  });
  return () => clearImmediate(turn);
}
