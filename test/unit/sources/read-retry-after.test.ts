import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../../src/sources/websocket/read-retry-after.js';

const NOW_MS = Date.UTC(2026, 10, 29, 12, 0, 0);

describe('a Retry-After header', () => {
  it.each([
    ['0', 0],
    [' 7 ', 7_000],
    ['99999999999999', 86_400_000],
    ['Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
    ['Sunday, 29-Nov-26 12:00:30 GMT', 30_000],
    ['Sun Nov 29 12:00:30 2026', 30_000],
    ['Tue Dec  1 11:00:00 2026', 86_400_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Sun Nov  6 08:49:37 1994', 0],
  ])('that says %j holds for %i ms', (header, ms) => {
    expect(readRetryAfter(header, NOW_MS)).toBe(ms);
  });

  it.each([
    ...[
      '',
      ' ',
      'foo 5',
      '5, 7',
      '5 7',
      '-5',
      '1.5',
      '1e3',
      '1e300',
      'NaN',
      '0x10',
      '+5',
      'Infinity',
      'soon',
      'tomorrow 1',
      '2026-11-29T12:00:30Z',
      '29 Nov 2026',
    ],
    ...['Sun, 29 Nov 2026 12:00:30', 'Sun, 29 Nov 2026 12:00:30 +0100', 'Sun, 29 Xyz 2026 12:00:30 GMT', 'Sun, 29 Nov 2026 25:00:30 GMT'],
    ...['Sun, 00 Nov 2026 12:00:30 GMT', 'Sun, 29 Nov 2026 12:00:30 GMT, Sun, 29 Nov 2026 12:00:30 GMT'],
  ])('that says %j makes no sense', (header) => {
    expect(readRetryAfter(header, NOW_MS)).toBeNull();
  });
});
