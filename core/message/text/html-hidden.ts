import { scanTags } from './html-scan.ts';

const hiding = /display\s{0,9}:\s{0,9}none/i;
/** Elements that go on until their own end tag, whatever comes between (HTML §13.2.6.4.7). */
const lasting = new Set(['div', 'span', 'center', 'section']);
const markLimit = 4096;

/**
 * Finds an element that is not displayed and never ends: what is put at the end of the body is in it, and nobody sees
 * it. Newsletters hide a first line for lists of messages that way.
 *
 * @returns where the first of them begins; -1 when there is none
 */
export function findOpenHidden(html: string): number {
  if (!hiding.test(html)) return -1;
  let hidden = { name: '', from: -1, depth: 0 };
  scanTags(html, (name, closing, from, to) => {
    if (hidden.depth > 0) {
      if (name === hidden.name) hidden.depth += closing ? -1 : 1;
    } else if (!closing && lasting.has(name) && hiding.test(html.slice(from, Math.min(to, from + markLimit)))) {
      hidden = { name, from, depth: 1 };
    }
  });
  return hidden.depth > 0 ? hidden.from : -1;
}
