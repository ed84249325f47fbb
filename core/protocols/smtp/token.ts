/** @returns the index after what the sticky expression matches at `from`; `from` where it does not */
export function tokenEnd(token: RegExp, text: string, from: number): number {
  token.lastIndex = from;
  return token.test(text) ? token.lastIndex : from;
}

/** @returns the index after the last element; 0 when there is none, -1 after a dot that nothing follows */
export function readDotted(text: string, from: number, element: RegExp): number {
  let end = tokenEnd(element, text, from);
  while (end > from && text[end] === '.') {
    const next = tokenEnd(element, text, end + 1);
    if (next === end + 1) return -1;
    end = next;
  }
  return end;
}
