/**
 * Whether a text names an address, in any case: as it is, or as it stands in JSON, or in JSON within JSON. `ann@a.example`
 * is not named by `joann@a.example` nor by `ann@a.example.org`.
 */
export function mentions(text: string, address: string): boolean {
  const sought = address.toLowerCase();
  const forms = new Set([sought, inJson(sought), inJson(inJson(sought))]);
  const where = text.toLowerCase();
  return [...forms].some((form) => stands(where, form));
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

function stands(text: string, form: string): boolean {
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at);
    const after = text.slice(at + form.length, at + form.length + 2);
    // What may go on an address (RFC 5322 §3.2.3); in JSON a line end before it is `\n`, whose `n` is no letter of it.
    const isStart = !/[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]$/u.test(before) || /\\[nrt]$/.test(before);
    if (isStart && !/^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u.test(after)) return true;
  }
  return false;
}
