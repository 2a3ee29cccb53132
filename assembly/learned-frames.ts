/*
 * Scans frames of trades whose texts are known: src/exchanges/binance/learned-frames.ts fills the memory below, and reads the rows.
 * It is AssemblyScript for what JavaScript lacks: sixteen bytes are compared at a time, and eight digits in a word of 64 bits become a
 * number in three steps.
 */

/** Frames, and so rows, of one call. */
export const framesMax: i32 = 2_048;
export const bytesMax: i32 = 524_288;
/** Texts that can be learned: each market has one. */
const textsMax: i32 = 4_096;
/** Shortest and longest texts that are learned, bytes. */
const textMin: i32 = 16;
const headMax: i32 = 96;
const middleMax: i32 = 64;

/** A word that begins in the last frame may end behind it. */
const PADDING = 64;
/** Slots of the table of texts, half of which are used at most. */
const SLOTS = 8_192;

/* Frames: bytes of frame i are those from starts[i] to ends[i], less `base`. */
export const bytes: usize = memory.data(bytesMax + PADDING, 16);
export const starts: usize = memory.data(framesMax * 4, 16);
export const ends: usize = memory.data(framesMax * 4, 16);
/** When each was received, ns. */
export const received: usize = memory.data(framesMax * 8, 16);

/* Rows, and how many of them the last call wrote. */
export const ids: usize = memory.data(framesMax * 8, 16);
export const sentTimes: usize = memory.data(framesMax * 8, 16);
export const eventTimes: usize = memory.data(framesMax * 8, 16);
export const priceWholes: usize = memory.data(framesMax * 8, 16);
export const priceFractions: usize = memory.data(framesMax * 8, 16);
export const quantityWholes: usize = memory.data(framesMax * 8, 16);
export const quantityFractions: usize = memory.data(framesMax * 8, 16);
export const symbols: usize = memory.data(framesMax * 4, 16);
/** Which frame a row is from. */
export const frames: usize = memory.data(framesMax * 4, 16);
export const sides: usize = memory.data(framesMax, 16);
export const receiveTimes: usize = memory.data(framesMax * 8, 16);
export let rows: i32 = 0;
/** Rows that were sent, or received, at another time than the one before: only they tell a clock anything. */
export const news: usize = memory.data(framesMax * 4, 16);
export let newsCount: i32 = 0;

/* Texts. A slot holds the number of its text, plus one. */
const slots: usize = memory.data(SLOTS * 2, 16);
/** What is known of a text lies together, in three lines of the cache: both lengths, the symbol's code, then the texts themselves. */
const ENTRY = 192;
const HEAD_LENGTH = 0;
const MIDDLE_LENGTH = 4;
const CODE = 8;
const HEAD = 16;
const MIDDLE = 112;
const entries: usize = memory.data(textsMax * ENTRY, 64);
let texts: i32 = 0;

const POWERS: usize = memory.data<u64>([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000]);

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const AT_SIGN: u32 = 0x40;
const BACKSLASH: u32 = 0x5c;
const LETTER_Z: u32 = 0x7a;
const CLOSE: u32 = 0x7d;
const BUY: u8 = 1;
const SELL: u8 = 2;
const SAFE_INTEGER_MAX: u64 = 9_007_199_254_740_991;
/** Above this a price times a quantity might not fit Decimal(38, 24). */
const NOTIONAL_SAFE: f64 = 9e13;

const THREE_BYTES: u32 = 0x00ffffff;
const SIX_BYTES: u64 = 0x0000ffffffffffff;
const SEVEN_BYTES: u64 = 0x00ffffffffffffff;

/* Texts as the words that a load of their bytes gives. */
const STREAM: u64 = 0x6d6165727473227b; // {"stream
const STREAM_NAME: u32 = 0x223a22; //      ":"
const TRADE: u64 = 0x226564617274; //      trade"
const PRICE: u64 = 0x223a2270222c; //      ,"p":"
const QUANTITY: u64 = 0x223a2271222c22; // ","q":"
const TIME: u64 = 0x3a2254222c22; //       ","T":
const MAKER_0: u64 = 0x7572743a226d222c; // ,"m":tru
const MAKER_1: u64 = 0x72743a224d222c65; // e,"M":tr
const MAKER_2: u32 = 0x7d7d6575; //         ue}}
const TAKER_0: u64 = 0x6c61663a226d222c; // ,"m":fal
const TAKER_1: u64 = 0x743a224d222c6573; // se,"M":t
const TAKER_2: u32 = 0x7d657572; //         rue}

/** What a scan of digits read, beside where it ended. */
let integer: u64 = 0;
let whole: u64 = 0;
let fraction: u64 = 0;

/** How many of eight bytes are digits before the first that is not. */
// @ts-ignore: decorator
@inline
function countDigits(word: u64): i32 {
  const digits = word ^ 0x3030303030303030;
  const others = ((digits + 0x0606060606060606) | digits) & 0xf0f0f0f0f0f0f0f0;
  return <i32>(ctz(others) >> 3);
}

/** The value of the first 1 to 8 bytes, which are digits: pairs become numbers, then pairs of those, then both halves. */
// @ts-ignore: decorator
@inline
function valueOf(word: u64, digits: i32): u64 {
  let value = (word ^ 0x3030303030303030) << (64 - 8 * digits);
  value = (value * 10 + (value >> 8)) & 0x00ff00ff00ff00ff;
  value = (value * 100 + (value >> 16)) & 0x0000ffff0000ffff;
  return (value * 10_000 + (value >> 32)) & 0xffffffff;
}

// @ts-ignore: decorator
@inline
function power(exponent: i32): u64 {
  return load<u64>(POWERS + (<usize>exponent << 3));
}

/** Reads an integer of up to 16 digits; gives where it ends, or 0: no digit, a leading zero, more digits, or above 2^53 - 1. */
function scanInteger(at: usize): usize {
  const word = load<u64>(at);
  let digits = countDigits(word);
  if (digits == 0 || (load<u8>(at) == ZERO && digits > 1)) return 0;
  integer = valueOf(word, digits);
  at += digits;
  if (digits < 8) return at;
  const rest = load<u64>(at);
  digits = countDigits(rest);
  if (digits == 0) return at;
  integer = integer * power(digits) + valueOf(rest, digits);
  at += digits;
  const next = load<u8>(at) - ZERO;
  return integer > SAFE_INTEGER_MAX || next <= 9 ? 0 : at;
}

/** Reads a time in ms, of thirteen digits and a comma behind them; gives where that is, or 0. */
function scanTime(at: usize): usize {
  const upper = load<u64>(at);
  const lower = load<u64>(at + 8);
  if (countDigits(upper) < 8 || countDigits(lower) != 5 || load<u8>(at) == ZERO || load<u8>(at + 13) != COMMA) return 0;
  integer = valueOf(upper, 8) * 100_000 + valueOf(lower, 5);
  return at + 13;
}

/** Reads decimal digits that end at a quote, twelve on either side of the point at most, in units of 1 and 10^-12; gives where the quote is, or 0. */
function scanDecimal(at: usize): usize {
  let word = load<u64>(at);
  let digits = countDigits(word);
  if (digits == 0) return 0;
  whole = valueOf(word, digits);
  at += digits;
  if (digits == 8) {
    word = load<u64>(at);
    digits = countDigits(word);
    if (digits > 4) return 0;
    if (digits > 0) whole = whole * power(digits) + valueOf(word, digits);
    at += digits;
  }
  fraction = 0;
  const mark: u32 = load<u8>(at);
  if (mark == QUOTE) return at;
  if (mark != DOT) return 0;
  word = load<u64>(at + 1);
  digits = countDigits(word);
  if (digits == 0) return 0;
  let decimals = digits;
  fraction = valueOf(word, digits);
  at += 1 + digits;
  if (digits == 8) {
    word = load<u64>(at);
    digits = countDigits(word);
    if (digits > 4) return 0;
    if (digits > 0) fraction = fraction * power(digits) + valueOf(word, digits);
    at += digits;
    decimals += digits;
  }
  if (<u32>load<u8>(at) != QUOTE) return 0;
  if (decimals < 12) fraction *= power(12 - decimals);
  return at;
}

/** Compares sixteen bytes at a time; the last sixteen overlap those before. */
// @ts-ignore: decorator
@inline
function isText(at: usize, text: usize, length: i32): bool {
  const last = length - 16;
  for (let from = 0; from < last; from += 16) {
    if (v128.any_true(v128.xor(v128.load(at + from), v128.load(text + from)))) return false;
  }
  return !v128.any_true(v128.xor(v128.load(at + last), v128.load(text + last)));
}

/** By twelve bytes of the stream's name, which no two streams of trades share for long. */
// @ts-ignore: decorator
@inline
function slotOf(start: usize): u32 {
  const name = load<u64>(start + 11);
  const rest: u64 = load<u32>(start + 19);
  const hash = (name ^ (rest << 17) ^ (rest >> 5)) * 0x9e3779b97f4a7c15;
  return <u32>(hash >> 51);
}

// @ts-ignore: decorator
@inline
function entryOf(text: i32): usize {
  return entries + <usize>text * ENTRY;
}

/** Number of the text that a frame begins with, or -1. */
// @ts-ignore: decorator
@inline
function find(start: usize): i32 {
  let slot = slotOf(start);
  let text = <i32>load<u16>(slots + (slot << 1)) - 1;
  while (text >= 0 && !isText(start, entryOf(text) + HEAD, load<i32>(entryOf(text) + HEAD_LENGTH))) {
    slot = (slot + 1) & (SLOTS - 1);
    text = <i32>load<u16>(slots + (slot << 1)) - 1;
  }
  return text;
}

/** Frames whose texts are brought into the cache at a time, where there are many: a few are there anyway. */
const AHEAD = 16;
const MANY = 64;
/** Of no use: the compiler leaves out reads that nothing is made of. */
let touched: i32 = 0;

/** Reads a word of each line of the texts that frames will be compared with: these reads do not wait for one another, as comparing does. */
// @ts-ignore: decorator
@inline
function touchTexts(shift: usize, from: i32, to: i32): void {
  let sum = 0;
  for (let frame = from; frame < to; frame++) {
    const slot = slotOf(shift + <usize>load<u32>(starts + (<usize>frame << 2)));
    // A slot that is empty leads to the last entry, which does no harm.
    const entry = entryOf((<i32>load<u16>(slots + (slot << 1)) - 1) & (textsMax - 1));
    sum += load<i32>(entry) + load<i32>(entry + 64) + load<i32>(entry + 128);
  }
  touched = sum;
}

/** Whether a frame is of a stream of something else, by the stream's name: {"stream":"btcusdt@depth@100ms", ... */
function isOther(start: usize, end: usize): bool {
  if (load<u64>(start) != STREAM || (load<u32>(start + 8) & THREE_BYTES) != STREAM_NAME) return false;
  let at = start + 11;
  const limit = min(end, at + 40);
  while (at < limit) {
    const byte: u32 = load<u8>(at);
    if (byte == AT_SIGN) return (load<u64>(at + 1) & SIX_BYTES) != TRADE && at + 9 < end;
    if (byte < ZERO || byte > LETTER_Z || byte == BACKSLASH) return false;
    at += 1;
  }
  return false;
}

/** Scans one frame into a row; false where it is not, byte for byte, of a shape that was learned, or holds no trade of usual size and time. */
function scanTrade(start: usize, end: usize, text: i32, row: i32, maxSkew: f64): bool {
  const entry = entryOf(text);
  let at = scanTime(start + load<i32>(entry + HEAD_LENGTH));
  if (at == 0) return false;
  const sent = integer;
  const middleLength = load<i32>(entry + MIDDLE_LENGTH);
  if (!isText(at, entry + MIDDLE, middleLength)) return false;
  at = scanInteger(at + middleLength);
  if (at == 0 || (load<u64>(at) & SIX_BYTES) != PRICE) return false;
  const id = integer;
  at = scanDecimal(at + 6);
  if (at == 0 || (load<u64>(at) & SEVEN_BYTES) != QUANTITY) return false;
  const price = <f64>whole;
  const priceFraction = fraction;
  at = scanDecimal(at + 7);
  if (at == 0 || (load<u64>(at) & SIX_BYTES) != TIME) return false;
  const quantity = <f64>whole;
  if ((whole | fraction) == 0 || (price == 0 && priceFraction == 0) || (price + 1) * (quantity + 1) > NOTIONAL_SAFE) return false;
  at = scanTime(at + 6);
  if (at == 0) return false;
  const eventTime = <f64>(integer * 1_000);
  const sentTime = <f64>(sent * 1_000);
  if (eventTime > sentTime + maxSkew || eventTime < sentTime - maxSkew) return false;
  const maker = load<u64>(at);
  if (maker == MAKER_0) {
    if (at + 20 != end || load<u64>(at + 8) != MAKER_1 || load<u32>(at + 16) != MAKER_2) return false;
    store<u8>(sides + row, SELL);
  } else {
    if (at + 21 != end || maker != TAKER_0 || load<u64>(at + 8) != TAKER_1) return false;
    if (load<u32>(at + 16) != TAKER_2 || <u32>load<u8>(at + 20) != CLOSE) return false;
    store<u8>(sides + row, BUY);
  }
  const place = <usize>row << 3;
  store<f64>(ids + place, <f64>id);
  store<f64>(sentTimes + place, sentTime);
  store<f64>(eventTimes + place, eventTime);
  store<f64>(priceWholes + place, price);
  store<f64>(priceFractions + place, <f64>priceFraction);
  store<f64>(quantityWholes + place, quantity);
  store<f64>(quantityFractions + place, <f64>fraction);
  store<i32>(symbols + (<usize>row << 2), load<i32>(entry + CODE));
  return true;
}

/**
 * Scans frames from one on, passing over those of other streams.
 * @param base what starts[] and ends[] count too much
 * @param maxSkew how far a trade's time may be from that of its sending, us
 * @returns the first frame that is for somebody else, or `count`
 */
export function scan(first: i32, count: i32, base: i32, maxSkew: f64): i32 {
  const shift = bytes - <usize>base;
  let row = 0;
  let newRows = 0;
  let lastSent: f64 = -1;
  let lastReceived: i64 = -1;
  let frame = first;
  for (; frame < count; frame++) {
    if (texts > MANY && ((frame - first) & (AHEAD - 1)) == 0) touchTexts(shift, frame, min(frame + AHEAD, count));
    const start = shift + <usize>load<u32>(starts + (<usize>frame << 2));
    const end = shift + <usize>load<u32>(ends + (<usize>frame << 2));
    const text = find(start);
    if (text < 0) {
      if (isOther(start, end)) continue;
      break;
    }
    if (!scanTrade(start, end, text, row, maxSkew)) break;
    store<i32>(frames + (<usize>row << 2), frame);
    const receivedAt = load<i64>(received + (<usize>frame << 3));
    const sentAt = load<f64>(sentTimes + (<usize>row << 3));
    store<i64>(receiveTimes + (<usize>row << 3), receivedAt);
    if (sentAt != lastSent || receivedAt != lastReceived) {
      store<i32>(news + (<usize>newRows << 2), row);
      newRows += 1;
      lastSent = sentAt;
      lastReceived = receivedAt;
    }
    row += 1;
  }
  rows = row;
  newsCount = newRows;
  return frame;
}

/**
 * Learns the texts of a frame: what stands before the time of sending, and between that and the id. Nothing where there is no room, or
 * the text is known.
 * @param start where the frame begins in `bytes`
 * @param middle where the second text begins there
 */
export function learn(start: i32, headLength: i32, middle: i32, middleLength: i32, code: i32): void {
  if (headLength < textMin || headLength > headMax || middleLength < textMin || middleLength > middleMax) return;
  if (texts == textsMax || find(bytes + start) >= 0) return;
  const text = texts;
  texts += 1;
  const entry = entryOf(text);
  store<i32>(entry + HEAD_LENGTH, headLength);
  store<i32>(entry + MIDDLE_LENGTH, middleLength);
  store<i32>(entry + CODE, code);
  memory.copy(entry + HEAD, bytes + start, headLength);
  memory.copy(entry + MIDDLE, bytes + middle, middleLength);
  let slot = slotOf(bytes + start);
  while (load<u16>(slots + (slot << 1)) != 0) slot = (slot + 1) & (SLOTS - 1);
  store<u16>(slots + (slot << 1), <u16>(text + 1));
}
