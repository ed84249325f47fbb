import type { MessageView } from '../workshop/workbench.ts';

/** What the page shows. `diff`: lines that begin with `+`, `-` or a space, and `[header]` and the like above them. */
export type Rendered = {
  readonly title: string;
  readonly lines: readonly string[];
  readonly diff: string;
  readonly before: MessageView;
  readonly after: MessageView;
};

/**
 * One page, everything in it: the message before and after, side by side, as a mail program would show its HTML.
 *
 * The mail is a stranger's: it stands in a frame that is sandboxed without any permission, under a policy that loads
 * nothing and runs nothing, and so does the page around it.
 */
export function renderPage({ title, lines, diff, before, after }: Rendered): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
iframe { width: 100%; height: 24rem; border: 1px solid #bbb; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: .7rem; }
ins { background: #d5f5d5; text-decoration: none; } del { background: #f9d6d6; text-decoration: none; }
@media (max-width: 50rem) { main { grid-template-columns: 1fr; } }
</style>
<h1>${escape(title)}</h1>
<ul>${lines.map((line) => `<li>${escape(line)}`).join('')}</ul>
<h2>What changed</h2>
${diff === '' ? '<p>Nothing.' : `<pre>${diff.replaceAll('\r', '').split('\n').map(marked).join('\n')}</pre>`}
<main>${column('Before', before)}${column('After', after)}</main>
</html>
`;
}

function column(title: string, { header, parts, text, html, protection }: MessageView): string {
  const frame =
    html === null
      ? ''
      : `<h3>HTML, as a mail program shows it</h3><iframe title="${title}: HTML" sandbox="" referrerpolicy="no-referrer" srcdoc="${escape(framed(html))}"></iframe>`;
  const plain = text === null ? '' : `<h3>Text</h3><pre>${escape(text)}</pre>`;
  return `<section><h2>${title}</h2><p>${escape(protection)}</p>${frame}${plain}
<h3>Parts</h3><pre>${escape(parts)}</pre><h3>Header</h3><pre>${escape(header)}</pre></section>`;
}

/** A frame has a policy of its own: styles as the mail has them, and nothing from anywhere. */
function framed(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">${html}`;
}

function marked(line: string): string {
  if (line.startsWith('[')) return `<b>${escape(line)}</b>`;
  if (line.startsWith('+')) return `<ins>${escape(line)}</ins>`;
  return line.startsWith('-') ? `<del>${escape(line)}</del>` : escape(line);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}
