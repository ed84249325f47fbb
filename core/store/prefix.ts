/**
 * The lines final delivery puts on top of a message. Nothing an address contains can add a line of its own.
 *
 * @param reversePath `''` is the null reverse-path
 * @source RFC 5321 §4.4 (Return-Path), RFC 9228 §2 (Delivered-To)
 */
export function deliveryPrefix(reversePath: string, recipient: string): string {
  return `Return-Path: <${oneLine(reversePath)}>\r\nDelivered-To: ${oneLine(recipient)}\r\n`;
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what must not pass
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f]/g, '');
