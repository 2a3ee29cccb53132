import type { Random } from './random.js';

const ODD_VALUES = [
  ...['0', '-0', '-1', '00', '01', '1e3', '1E-8', '1.5', '1.0', '1e400', '-1e400', '.5', '5.', '+5', '0x10', 'NaN', '1_0', '--5', '- 5'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '99999999999999999999', '0.000000000001', '0.0000000000001'],
  ...['1.0000000000000000', '999999999999.999999999999', '1000000000000', '1234567890123.5', '9'.repeat(26), '9'.repeat(27)],
  ...[`${'9'.repeat(26)}.${'9'.repeat(12)}`, '3999999999.5', '4000000000', '94906265.62425156', '89999999999999', '90000000000000'],
  ...['null', 'true', 'false', '[]', '{}', '[5]', '""', '" "', '"5"', '"-5"', '"05"', '"1e3"', '"5.5"', '"\\u0035"', '"0"', '"0.00"'],
  ...['"007.50"', '"1."', '".5"', '"1..2"', '"9007199254740991"', '"9007199254740992"', '"99999999999999999999"', '"12345678.123456789"'],
  ...['"0.000000000001"', '"0.0000000000001"', '"1000000000000"', `"${'9'.repeat(27)}"`, '"89999999999999"', '"100000000000000"'],
  ...['"BUY"', '"SELL"', '"buy"', '"sell"', '"b"', '"BUY "', '"UNKNOWN"', '"snapshot"', '"update"', '"Update"', '"trade"', '"heartbeat"'],
  ...[
    '"BTC-USD"',
    '"BTC/USD"',
    '"XBT/USD"',
    '"DOGE-XYZ"',
    '"btc-usd"',
    '"BTC\\u002dUSD"',
    '"BTC\\/USD"',
    '"__proto__"',
    `"${'A'.repeat(60)}"`,
  ],
  ...['"2026-08-09T21:05:42Z"', '"2026-08-09T21:05:42.5Z"', '"2026-08-09T21:05:42.123456789Z"', '"2026-08-09T21:05:42.1234567891Z"'],
  ...[
    '"2026-08-09T21:05:42.Z"',
    '"2026-08-09T21:05:42"',
    '"2026-08-09T21:05:42+00:00"',
    '"2026-08-09 21:05:42Z"',
    '"2026-13-09T21:05:42Z"',
  ],
  ...['"2026-02-29T00:00:00Z"', '"2028-02-29T00:00:00Z"', '"2026-04-31T00:00:00Z"', '"2026-08-09T24:00:00Z"', '"2026-08-09T21:60:00Z"'],
  ...['"2026-08-09T21:05:60Z"', '"1969-12-31T23:59:59Z"', '"1970-01-01T00:00:00Z"', '"2008-01-01T00:00:00Z"', '"2199-01-01T00:00:00Z"'],
  ...[
    '"0000-00-00T00:00:00Z"',
    '"2026-8-9T21:05:42Z"',
    '"2026-08-09t21:05:42z"',
    '"market_trades"',
    '"😀"',
    '"é"',
    '"\u0001"',
    'undefined',
  ],
];
const JUNK = [' ', '\t', '\n', '"', ',', '}', ']', '{', '[', '0', '9', 'x', '\\', 'é', '.', ':', '-', 'e', '\u0000'];
const EXTRAS = ['"x":1', '"a":{"trade_id":5}', '"trade_id":7', '"trade_id":"7"', '"price":"9"', '"qty":0.5', '"__proto__":{"price":"1"}'];
const PAIR = /"[a-z_]+":("[^"]*"|-?[\d.]+|true|false|null)/g;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Turns a frame into a hostile one. Bytes, because a socket gives bytes: they need not even be UTF-8. */
export function hostileFrame(random: Random, usual: string, others: readonly string[]): Uint8Array {
  const at = random.below(usual.length + 1);
  switch (random.below(15)) {
    case 0:
      return bytes(usual.slice(0, at));
    case 1:
      return bytes(usual.slice(at));
    case 2: {
      const flipped = bytes(usual);
      for (let times = random.between(1, 3); times > 0; times--) flipped[random.below(flipped.length)]! ^= 1 << random.below(8);
      return flipped;
    }
    case 3: {
      const changed = bytes(usual);
      changed[random.below(changed.length)] = random.below(256);
      return changed;
    }
    case 4:
      return bytes(usual.slice(0, at) + random.pick(JUNK) + usual.slice(at));
    case 5:
      return bytes(usual.slice(0, at) + usual.slice(at + random.between(1, 4)));
    case 6:
    case 7:
    case 8:
    case 9:
      return bytes(withOddValues(random, usual));
    case 10:
      return bytes(
        usual.replace(/[:,{}[\]]/g, (mark) =>
          random.chance(0.2) ? random.pick([' ', '\n ', '']) + mark + random.pick([' ', '\t', '']) : mark,
        ),
      );
    case 11: {
      const braces = [...usual.matchAll(/\{/g)].map(({ index }) => index + 1);
      const brace = random.pick(braces);
      return bytes(`${usual.slice(0, brace)}${random.pick(EXTRAS)},${usual.slice(brace)}`);
    }
    case 12: {
      // A field that is missing.
      const { index, 0: pair } = random.pick([...usual.matchAll(PAIR)]);
      const end = index + pair.length;
      return bytes(usual[end] === ',' ? usual.slice(0, index) + usual.slice(end + 1) : usual.slice(0, index - 1) + usual.slice(end));
    }
    case 13:
      return bytes(`${usual}${random.pick([' ', '}', usual, '\u0000', ',', '\n'])}`);
    default:
      return bytes(random.pick(others));
  }
}

/** One or two values replaced by odd ones. */
function withOddValues(random: Random, usual: string): string {
  let text = usual;
  for (let times = random.between(1, 2); times > 0; times--) {
    const pairs = [...text.matchAll(PAIR)];
    if (pairs.length === 0) return text;
    const { index, 0: pair } = random.pick(pairs);
    const value = pair.indexOf(':') + 1;
    text = text.slice(0, index + value) + random.pick(ODD_VALUES) + text.slice(index + pair.length);
  }
  return text;
}
