import type { Random } from './random.js';

/** The fields of a trade frame as text, so that anything can stand in their place. */
export interface FrameText {
  readonly E: string;
  readonly s: string;
  readonly t: string;
  readonly p: string;
  readonly q: string;
  readonly T: string;
  readonly m: string;
  readonly M: string;
}

export const VENUE_SYMBOLS = ['BTCUSDT', 'ETHUSDT', '1000SATSUSDT', 'ADAEUR'];
/** 2024-08-08T23:58:00Z, ms. */
export const BASE_MS = 1_723_161_480_000;

/** A trade frame exactly as the venue writes it. */
export function tradeFrame(fields: FrameText, stream: string | null): string {
  const { E, s, t, p, q, T, m, M } = fields;
  const trade = `{"e":"trade","E":${E},"s":"${s}","t":${t},"p":"${p}","q":"${q}","T":${T},"m":${m},"M":${M}}`;
  return stream === null ? trade : `{"stream":"${stream}","data":${trade}}`;
}

export function usualFields(random: Random, id: number, micros: boolean): FrameText {
  const time = BASE_MS + random.below(30_000);
  const unit = (ms: number) => (micros ? String(ms * 1_000 + random.below(1_000)) : String(ms));
  const decimals = () => random.pick([8, 8, 8, 8, 0, 1, 2, 4, 6, 9, 12]);
  const amount = (whole: string) => {
    const digits = decimals();
    return digits === 0 ? whole : `${whole}.${random.digits(1)}${random.digits(digits).slice(1)}`;
  };
  return {
    E: unit(time + random.below(20)),
    s: random.pick(VENUE_SYMBOLS),
    t: String(id),
    p: amount(random.digits(random.between(1, 6))),
    q: random.chance(0.05) ? '0.00000000' : amount(random.chance(0.5) ? '0' : random.digits(random.between(1, 4))),
    T: unit(time),
    m: random.pick(['true', 'false']),
    M: random.pick(['true', 'true', 'false']),
  };
}

const ODD_NUMBERS = [
  ...[
    '0',
    '-0',
    '-1',
    '00',
    '01',
    '1e3',
    '1E15',
    '1.5',
    '1.0',
    '1e400',
    '-1e400',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
  ],
  ...[
    '99999999999999999999',
    '123456789012345678901234567890',
    'NaN',
    'Infinity',
    'null',
    'true',
    '""',
    '"5"',
    '[]',
    '{}',
    '[5]',
    '0x10',
    '+5',
  ],
  ...['5 ', ' 5', '5,', '', '1723161480000000', '172316148000000000', '1e12', '.5', '5.', '1_0', '١٢', '12345678901', '1234567890123'],
];
const ODD_DECIMALS = [
  ...[
    '0',
    '0.0',
    '00.00',
    '007.50',
    '-1',
    '-0',
    '+1',
    '1e3',
    '1E-3',
    'NaN',
    'Infinity',
    '',
    '.',
    '1.',
    '.5',
    '1..2',
    '1.2.3',
    ' 1',
    '1 ',
    '1,5',
  ],
  ...[
    '0.000000000001',
    '0.0000000000001',
    '1.0000000000000000',
    '1.0000000000001',
    '999999999999.999999999999',
    '1000000000000',
    '0000000000001.5',
  ],
  ...[
    '9'.repeat(26),
    '9'.repeat(27),
    `${'9'.repeat(26)}.${'9'.repeat(12)}`,
    '9'.repeat(38),
    '9'.repeat(39),
    '1'.repeat(600),
    `1.${'0'.repeat(40)}`,
  ],
  ...['3999999999.5', '4000000000', '94906265.62425156', '94906267', '89999999999999', '90000000000000', '100000000000000', '\\u0031', '١'],
  ...['\u0000', '1\n', '1/2', '1:2', '0x10', 'true', '12345678', '1.12345678"', '1\\n', '😀'],
];
const ODD_SYMBOLS = [
  '',
  'btcusdt',
  'BTCUSD',
  'BTCUSDTT',
  'DOGEUSDT',
  'BTC\\u0055SDT',
  'Ünï',
  '😀',
  'A'.repeat(300),
  'BTC USDT',
  '__proto__',
  '@',
  ':',
  'BTCUSDT\\',
];
const ODD_BOOLEANS = ['True', '1', '0', 'null', '"true"', 'tru', 'truee', 'falze', 'fals', '', '[]', 'false ', ' true'];
const ODD_STREAMS = [
  ...[
    'btcusdt@depth@100ms',
    'btcusdt@aggTrade',
    'btcusdt@trad',
    'btcusdt@trades',
    'btcusdt@',
    '@trade',
    'trade',
    '',
    'btcusdt',
    'BTCUSDT@trade',
  ],
  ...[
    'btcusdt@trade@trade',
    '!serverShutdown',
    'btc\\u0075sdt@trade',
    'btcusdt@tr\\u0061de',
    'a'.repeat(28) + '@trade',
    'a'.repeat(29) + '@trade',
    'a'.repeat(60) + '@trade',
  ],
  ...['ünï@trade', 'btc"usdt@trade', 'btcusdt@trade"', 'ethusdt@trbde'],
];

/** A whole frame of another kind, or of no kind. */
const OTHERS = [
  '{"result":null,"id":1}',
  '{"result":null,"id":"abc"}',
  '{"result":["btcusdt@trade"],"id":7}',
  '{"code":2,"msg":"Invalid request","id":3}',
  '{"error":{"code":2,"msg":"Invalid request"},"id":3}',
  '{"code":0,"msg":"unknown"}',
  '{"id":4,"error":null}',
  '{"e":"serverShutdown","E":1723161255343}',
  '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1723161255343}}',
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63","B":"3.78826","a":"61837.64","A":"1.54698"}}',
  '{"stream":"btcusdt@trade","data":null}',
  '{"stream":"btcusdt@trade","data":[]}',
  '{"stream":"btcusdt@trade","data":{}}',
  '{"stream":"btcusdt@trade","data":{"e":"aggTrade"}}',
  '{"stream":"btcusdt@trade"}',
  '{"stream":7,"data":{"e":"trade"}}',
  '{"e":"trade"}',
  '{"e":"depthUpdate","E":1,"s":"BTCUSDT"}',
  '{"__proto__":{"e":"trade"},"constructor":1}',
  ...[
    '{}',
    '[]',
    'null',
    '0',
    '"trade"',
    'true',
    '',
    ' ',
    '{',
    '}',
    '{"',
    '\u0000',
    '[[[[',
    '{"e":',
    'undefined',
    '{"stream":"',
    '{"stream":"a@',
  ],
];

/** Turns a frame into a hostile one. Bytes, because a socket gives bytes: they need not even be UTF-8. */
export function hostile(random: Random, fields: FrameText, stream: string | null, id: number): Uint8Array {
  const usual = tradeFrame(fields, stream);
  const bytes = (text: string) => new TextEncoder().encode(text);
  // Frames of other kinds are two in twenty-one: a test counts on enough of each.
  switch (random.below(21)) {
    case 0:
      return bytes(usual.slice(0, random.below(usual.length)));
    case 1:
      return bytes(usual.slice(random.between(1, 60)));
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
    case 4: {
      const at = random.below(usual.length + 1);
      return bytes(
        usual.slice(0, at) + random.pick([' ', '\t', '\n', '"', ',', '}', '0', '9', 'x', '\\', '\u00e9', '@', '.']) + usual.slice(at),
      );
    }
    case 5: {
      const at = random.below(usual.length);
      return bytes(usual.slice(0, at) + usual.slice(at + random.between(1, 4)));
    }
    case 6:
    case 7:
      return bytes(tradeFrame({ ...fields, [random.pick(['t', 'T', 'E'])]: random.pick(ODD_NUMBERS) }, stream));
    case 8:
    case 9:
      return bytes(tradeFrame({ ...fields, [random.pick(['p', 'q'])]: random.pick(ODD_DECIMALS) }, stream));
    case 10:
      return bytes(tradeFrame({ ...fields, p: random.pick(ODD_DECIMALS), q: random.pick(ODD_DECIMALS) }, stream));
    case 11:
      return bytes(tradeFrame({ ...fields, s: random.pick(ODD_SYMBOLS) }, stream));
    case 12:
      return bytes(tradeFrame({ ...fields, [random.pick(['m', 'M'])]: random.pick(ODD_BOOLEANS) }, stream));
    case 13:
      return bytes(tradeFrame(fields, random.pick(ODD_STREAMS)));
    case 14: {
      const entries = random.shuffled(Object.entries(JSON.parse(tradeFrame(fields, null)) as Record<string, unknown>));
      const trade = JSON.stringify(Object.fromEntries(entries));
      return bytes(
        stream === null ? trade : random.pick([`{"data":${trade},"stream":"${stream}"}`, `{"stream":"${stream}","data":${trade}}`]),
      );
    }
    case 15: {
      const spaced = usual.replace(/[:,{}]/g, (mark) =>
        random.chance(0.3) ? random.pick([' ', '\n ', '']) + mark + random.pick([' ', '\t', '']) : mark,
      );
      return bytes(spaced);
    }
    case 16: {
      const extra = random.pick([
        '"x":1',
        '"a":{"t":5}',
        '"t":7',
        '"q":"9"',
        `"s":"ETHUSDT"`,
        `"T":${BASE_MS}`,
        '"__proto__":{"p":"1"}',
        '"e":"trade"',
        '"p":"1","p":"2"',
      ]);
      const inside = tradeFrame(fields, null);
      const grown = random.chance(0.5) ? `{${extra},${inside.slice(1)}` : `${inside.slice(0, -1)},${extra}}`;
      return bytes(stream === null ? grown : `{"stream":"${stream}","data":${grown}}`);
    }
    case 17: {
      const name = random.pick(['"t":', '"p":', '"q":', '"T":', '"m":', '"s":', '"E":', '"e":']);
      const at = usual.indexOf(name);
      const end = usual.indexOf(',', at);
      return bytes(usual.slice(0, at) + usual.slice(end + 1));
    }
    case 18:
      if (random.chance(0.02)) return bytes(`{"x":"${'y'.repeat(70_000)}",${usual.slice(1)}`);
      if (random.chance(0.02)) return bytes(`{"x":${'['.repeat(20_000)}${']'.repeat(20_000)},${usual.slice(1)}`);
      return bytes(`${usual}${random.pick([' ', '}', usual, '\u0000', ',', '\n'])}`);
    default:
      return bytes(random.chance(0.2) ? random.pick(OTHERS).replace('"id":1', `"id":${id}`) : random.pick(OTHERS));
  }
}
