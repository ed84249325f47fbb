import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../core/units.ts';

test.for([
  ['500ms', 500],
  ['5s', 5_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['35d', 3_024_000_000],
  ['0s', 0],
  ['', null],
  ['5', null],
  ['5 s', null],
  ['-5s', null],
  ['1.5h', null],
  ['5S', null],
  ['5w', null],
  ['999999999999d', null],
] as const)('parseDuration(%j) is %j', ([text, expected]) => expect(parseDuration(text)).toBe(expected));

test.for([
  ['512B', 512],
  ['64KB', 65_536],
  ['25MB', 26_214_400],
  ['1GB', 1_073_741_824],
  ['25', null],
  ['25mb', null],
  ['1.5MB', null],
] as const)('parseSize(%j) is %j', ([text, expected]) => expect(parseSize(text)).toBe(expected));

test('what is formatted can be read again', () => {
  const value = integer({ min: 0, max: 99_999_999_999 });
  assert(property(value, (duration) => parseDuration(formatDuration(duration)) === duration));
  assert(property(value, (size) => parseSize(formatSize(size)) === size));
  expect([formatDuration(0), formatDuration(90_000), formatDuration(7_200_000)]).toEqual(['0s', '90s', '2h']);
  expect([formatSize(0), formatSize(1_500), formatSize(65_536)]).toEqual(['0B', '1500B', '64KB']);
});
