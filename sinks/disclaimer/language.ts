import type { Message } from '@sluice/sdk';

/** A setting: a language tag (RFC 5646), or `from-message`. */
export const isLanguage = (tag: string): boolean => tag === 'from-message' || canFormat(tag, 'UTC');

/** Whether the time zone has rules here: `Europe/Berlin`, `UTC`. */
export const isZone = (zone: string): boolean => zone !== '' && canFormat('en', zone);

/** A sink has no Intl, but dates know how to write themselves. */
function canFormat(tag: string, zone: string): boolean {
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(tag)) return false;
  try {
    return new Date(0).toLocaleDateString(tag, { timeZone: zone }) !== '';
  } catch {
    return false;
  }
}

/**
 * The language of a message: what the setting says, or the first tag of Content-Language (RFC 3282) or of the
 * Accept-Language Outlook writes; English when neither says anything usable.
 */
export function languageOf(setting: string, message: Message): string {
  if (setting !== 'from-message') return setting;
  const said = message.field('Content-Language') ?? message.field('Accept-Language') ?? '';
  const tag = /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)\b/.exec(said.slice(0, 100))?.[1] ?? 'en';
  return isLanguage(tag) ? tag : 'en';
}

/**
 * A day as people of that language write it.
 *
 * @param day `2026-11-23`; anything else comes back as it is
 * @param style `full`, `long`, `medium` or `short`, as `toLocaleDateString` takes it; `long` for anything else
 */
export function writeDate(day: string, language: string, style: string): string {
  const key = `${day} ${language} ${style}`;
  if (key === last.key) return last.text;
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(at)) return day;
  const dateStyle = (['full', 'long', 'medium', 'short'] as const).find((one) => one === style) ?? 'long';
  last = { key, text: new Date(at).toLocaleDateString(language, { dateStyle, timeZone: 'UTC' }) };
  return last.text;
}

/** Writing a date costs more than everything else about a message; the day is the same for many. */
let last = { key: '', text: '' };
/** The same for the day itself, which is looked at again every minute. */
let today = { minute: Number.NaN, zone: '', day: '' };

/** `2026-11-23`, in that zone. */
export function isoDate(now: number, zone: string): string {
  if (zone === 'UTC') return new Date(now).toISOString().slice(0, 10);
  const minute = Math.floor(now / 60_000);
  if (today.minute !== minute || today.zone !== zone) {
    today = { minute, zone, day: new Date(now).toLocaleDateString('sv-SE', { timeZone: zone }) };
  }
  return today.day;
}
