/** Characters a sink gets from either end of a longer text. */
const end = 512 * 1024;

/**
 * The text as `MessageReader` promises it: of one of more than 1,048,576 characters both ends, and a line `…`. Shortening
 * twice changes nothing. Halves of characters are replaced: as JSON each takes six characters, and a while to write.
 */
export function shortText(text: string | null): string | null {
  if (text === null || text.length <= 2 * end) return text?.toWellFormed() ?? null;
  return `${text.slice(0, end)}\n…\n${text.slice(-end)}`.toWellFormed();
}
