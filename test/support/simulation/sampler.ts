import { AT } from '../../../src/domain/candle-sums.js';
import { type Candle, candleNumbers, type Interval, INTERVALS, intervalUs } from '../../../src/domain/candle.js';
import type { AuditView } from '../../../src/domain/audit.js';
import { compareGaps, GAP_STATES } from '../../../src/domain/gap.js';
import type { IdRange } from '../../../src/domain/id-intervals.js';
import type { Reader } from '../../../src/domain/ports/reader.js';
import type { FeedId } from '../../../src/domain/symbol.js';
import type { DaemonViews } from '../../../src/daemon/open-readers.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { CandleSum } from '../../../src/simulator/ledger/candle.js';
import type { SymbolLedger } from '../../../src/simulator/ledger/symbol-ledger.js';
import type { Random } from '../../../src/simulator/random.js';
import type { JudgedExchange } from './judge.js';
import type { Tally } from './tally.js';

/** Candles looked at in one look. */
const LOOK_MAX = 200;
const TRADES_MAX = 200;
const GAPS_MAX = 50;
const DIGITS = 12;

/**
 * Looks, now and then, at what is served, as any client may: a candle that is called complete or backfilled is final word, so it has
 * to be what was traded already then; and no trade is there twice, or was never traded.
 */
export class Sampler {
  constructor(
    private readonly random: Random,
    private readonly tally: Tally,
  ) {}

  async look(exchange: JudgedExchange, { reader, audits, gaps }: DaemonViews, nowMs: number): Promise<void> {
    const { run, ledger } = exchange;
    const { venueSymbol } = run.markets[this.random.below(run.markets.length)]!;
    const symbol = venueNamed(run.venue).toSymbol(venueSymbol)!;
    const interval = INTERVALS[this.random.below(INTERVALS.length)]!;
    const market = { exchange: run.venue, symbol };
    const to = (nowMs + 10_000) * 1_000;
    const isWide = this.random.chance(0.3);
    const range = { from: isWide ? 0 : to - LOOK_MAX * intervalUs(interval), to };
    const query = { ...market, interval, range: { ...range, from: Math.max(0, range.from) }, limit: LOOK_MAX, newest: true } as const;
    const candles = await reader.candles(query);
    this.tally.samples += 1;
    const known = ledger.find(venueSymbol)!;
    const sums = new Map(known.candleSums(interval).map((sum) => [sum.openTime * 1_000, sum]));
    for (const candle of candles) this.#check(candle, known, sums.get(candle.openTime), interval);
    const seconds = 1 + this.random.below(30);
    await this.#checkTrades(market, reader, known, (nowMs - seconds * 1_000) * 1_000);
    await this.#checkAudit(market, audits, known, nowMs);
    const listed = await gaps.gaps({ ...market, states: GAP_STATES, limit: GAPS_MAX });
    if (listed.some((gap, at) => at > 0 && compareGaps(listed[at - 1]!, gap) >= 0)) this.tally.troubles.push('gaps are served in no order');
  }

  /** A range that is called proven holds all that was traded in it. */
  async #checkAudit(market: FeedId, audits: AuditView, known: SymbolLedger, nowMs: number): Promise<void> {
    const to = (nowMs - 1_000 * this.random.below(30)) * 1_000;
    const from = to - 1_000_000 * (1 + this.random.below(60));
    const { proven, present, expected, empty, rejected, missing } = await audits.audit(market, { from, to });
    this.tally.samples += 1;
    const count = (ranges: readonly IdRange[]): number => ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const said = present + count(empty) + count(rejected) + count(missing.map(({ first, last }): IdRange => [first, last]));
    if (expected !== null && said !== expected)
      this.tally.troubles.push(`an audit of ${market.exchange} ${market.symbol} adds up to ${said} and expects ${expected}`);
    if (!proven || empty.length > 0) return;
    let traded = 0;
    for (let row = 0; row < known.trades.length; row++) {
      const time = known.trades.timeUs(row);
      if (time >= from && time < to) traded += 1;
    }
    if (traded !== present)
      this.tally.falselyComplete.push(`audit of ${market.exchange} ${market.symbol} from ${from} to ${to}: ${present} of ${traded} trades`);
  }

  #check(candle: Candle, known: SymbolLedger, truth: CandleSum | undefined, interval: Interval): void {
    if (candle.completeness !== 'complete' && candle.completeness !== 'backfilled') return;
    this.tally.provenServed += 1;
    const wrong = truth === undefined ? 'nothing was traded' : differenceIn(candle, truth, known);
    if (wrong === null) return;
    const when = new Date(candle.openTime / 1_000).toISOString();
    this.tally.falselyComplete.push(`served ${candle.exchange} ${candle.symbol} ${interval} ${when} as ${candle.completeness}: ${wrong}`);
  }

  async #checkTrades(market: { exchange: string; symbol: string }, reader: Reader, known: SymbolLedger, from: number): Promise<void> {
    const rows = await reader.trades({ ...market, range: { from, to: Number.MAX_SAFE_INTEGER }, limit: TRADES_MAX });
    const seen = new Set<string>();
    for (const { tradeId, price, quantity } of rows) {
      if (seen.has(tradeId)) this.tally.duplicates.push(`served ${market.exchange} ${market.symbol} ${tradeId} twice`);
      seen.add(tradeId);
      const row = known.trades.firstRowFrom(Number(tradeId));
      const traded = row < known.trades.length ? known.trade(row) : undefined;
      if (traded?.id !== Number(tradeId) || traded.price !== price || traded.quantity !== quantity)
        this.tally.candleMismatches.push(
          `served ${market.exchange} ${market.symbol} ${tradeId}: ${price} x ${quantity}, and it was not traded so`,
        );
    }
  }
}

function differenceIn({ sums }: Candle, truth: CandleSum, { instrument }: SymbolLedger): string | null {
  const said = candleNumbers(sums);
  const price = 10n ** BigInt(DIGITS - instrument.priceDecimals);
  const quantity = 10n ** BigInt(DIGITS - instrument.quantityDecimals);
  const pairs = Object.entries({
    count: [sums[AT.count]!, truth.tradeCount],
    firstId: [sums[AT.firstId]!, truth.firstTradeId],
    lastId: [sums[AT.lastId]!, truth.lastTradeId],
    open: [said.open, truth.open * price],
    high: [said.high, truth.high * price],
    low: [said.low, truth.low * price],
    close: [said.close, truth.close * price],
    volume: [said.volume, truth.volume * quantity],
    quoteVolume: [said.quoteVolume, truth.quoteVolume * price * quantity],
    takerBuyVolume: [said.takerBuyVolume, truth.takerBuyVolume * quantity],
    takerBuyQuoteVolume: [said.takerBuyQuoteVolume, truth.takerBuyQuoteVolume * price * quantity],
  });
  const wrong = pairs.filter(([, [is, should]]) => is !== should);
  return wrong.length === 0 ? null : wrong.map(([name, [is, should]]) => `${name} is ${is} and should be ${should}`).join(', ');
}
