const line = 'Sluice asks small sinks what should happen to a message, one after the other.\r\n';

/**
 * A message of an exact size for benchmarks: header, then text; `mixed` is multipart/alternative, half plain and
 * half HTML. No line starts with a dot.
 *
 * @param size octets, at least 1,000
 */
export function createContent(size: number, form: 'plain' | 'alternative' = 'plain'): Buffer {
  const head = [
    'From: Carol Load <carol@example.test>',
    'To: Alice <alice@example.test>',
    `Subject: ${size} octets of load`,
    'Date: Mon, 23 Nov 2026 12:00:00 +0000',
    'Message-ID: <load@client.example.test>',
    'MIME-Version: 1.0',
    '',
  ].join('\r\n');
  return form === 'plain'
    ? Buffer.from(fill(`${head}Content-Type: text/plain; charset=utf-8\r\n\r\n`, size, ''))
    : Buffer.from(alternative(head, size));
}

function alternative(head: string, size: number): string {
  const plain = `${head}Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n`;
  const html = fill(plain, Math.floor(size / 2), '\r\n--b\r\nContent-Type: text/html\r\n\r\n<html><body><p>\r\n');
  return fill(html, size, '</p></body></html>\r\n--b--\r\n');
}

/** Lines up to the size, the last one cut short, and the end. */
function fill(start: string, size: number, end: string): string {
  const room = size - start.length - end.length;
  const whole = line.repeat(Math.floor(room / line.length));
  const rest = room % line.length;
  return start + whole + (rest < 2 ? '' : `${'x'.repeat(rest - 2)}\r\n`) + end;
}
