/** Characters a sink gets from either end of a longer text. */
const end = 512 * 1024;

/** The text as `MessageReader` promises it: of one of more than 1,048,576 characters both ends, and a line `…`. Shortening twice changes nothing. */
export function shortText(text: string | null): string | null {
  return text === null || text.length <= 2 * end ? text : `${text.slice(0, end)}\n…\n${text.slice(-end)}`;
}
