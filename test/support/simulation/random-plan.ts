import type { Tier } from '../../../src/machines/feed/degradation.js';
import { randomFaultPlan } from '../../../src/simulator/faults/random-fault-plan.js';
import { Random } from '../../../src/simulator/random.js';
import { defaultSymbolsOf, venueNames, type VenueName } from '../../../src/simulator/venues.js';
import type { FeedChange, Plan, PressureEpisode, Upset, VenueRun, WallStep, Weather } from './plan.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 2026-03-01. */
const FIRST_DAY_MS = Date.UTC(2026, 2, 1);
/** Long enough for backoffs to grow and for windows to close. */
const ACTIVE_MIN_MS = 40_000;
const ACTIVE_MAX_MS = 120_000;

/** A run drawn by lot: the same seed gives the same one. */
export function randomPlan(seed: number, only?: VenueName): Plan {
  const random = new Random(seed, 'plan');
  const between = (low: number, high: number): number => low + random.below(high - low + 1);
  const oneOf = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const activeMs = between(ACTIVE_MIN_MS, ACTIVE_MAX_MS);
  const atMs = (): number => between(1_000, activeMs);

  const venue = (name: VenueName): VenueRun => {
    const symbols = defaultSymbolsOf(name).filter(() => random.chance(0.6));
    const traded = symbols.length === 0 ? defaultSymbolsOf(name).slice(0, 1) : symbols;
    return {
      ...{ venue: name, rate: between(2, 25) },
      markets: traded.map(({ symbol }) => ({ venueSymbol: symbol, tier: between(1, 3) as Tier })),
      faults: randomFaultPlan({ seed: random.below(2 ** 31), durationMs: activeMs, venue: name, meanGapMs: oneOf([1_500, 4_000, 10_000]) }),
    };
  };
  const upset = (): Upset => ({ how: random.chance(0.75) ? 'kill' : 'stop', atMs: atMs(), downMs: between(500, oneOf([2_000, 15_000])) });
  const weather = (): Weather => {
    const episode = { atMs: atMs(), forMs: between(500, oneOf([3_000, 25_000])) };
    const how = oneOf(['slow', 'failing', 'down', 'refusing'] as const);
    if (how === 'slow') return { ...episode, how, latencyMs: between(50, 5_000) };
    if (how === 'failing') return { ...episode, how, share: 0.1 + 0.8 * random.next(), lostAnswers: random.next() };
    if (how === 'refusing') return { ...episode, how, share: 0.05 + 0.4 * random.next() };
    return { ...episode, how };
  };
  const pressed = (): PressureEpisode => ({
    atMs: atMs(),
    forMs: between(1_000, 30_000),
    level: between(1, 4) as PressureEpisode['level'],
  });
  const changeOf = (): Pick<FeedChange, 'how'> => ({ how: oneOf(['remove', 'pause'] as const) });
  /** Either way; and often while no daemon runs, so that the next one begins with it. */
  const wallStep = (): WallStep => {
    const byMs = between(100, oneOf([2_000, 60_000])) * (random.chance(0.5) ? 1 : -1);
    const upset = plan.upsets.length > 0 && random.chance(0.5) ? oneOf(plan.upsets) : null;
    return { atMs: upset === null ? atMs() : upset.atMs + random.below(upset.downMs), byMs };
  };
  const some = <T>(max: number, make: () => T): T[] => Array.from({ length: random.below(max + 1) }, make);

  const plan = {
    seed,
    startMs: startOf(random),
    clockOffsetMs: between(-3_000, 3_000),
    stepMs: between(10, 60),
    activeMs,
    venues: venuesOf(random, only).map(venue),
    upsets: some(3, upset).sort((a, b) => a.atMs - b.atMs),
    weather: some(3, weather),
    pressure: random.chance(0.25) ? null : some(2, pressed),
    recording: {
      batchAgeMs: oneOf([250, 600, 1_500]),
      batchRowsMax: oneOf([20, 500, 65_536]),
      lateFlushMs: between(300, 3_000),
      allowedLatenessMs: oneOf([0, 500, 2_000, 5_000]),
      streamsPerSocket: oneOf([1, 2, 100]),
    },
    queueBatchesMax: oneOf([4, 16, 256]),
    sampleEveryMs: between(1_000, 5_000),
    ...(random.chance(0.25) ? { poisonEveryIds: between(40, 400) } : {}),
  };
  const markets = plan.venues.flatMap((run) => run.markets.map(({ venueSymbol }) => ({ venue: run.venue, venueSymbol })));
  return {
    ...plan,
    upsets: plan.upsets.map((each) => (each.how === 'kill' && random.chance(0.5) ? { ...each, losesPower: true } : each)),
    wallSteps: some(2, wallStep),
    fullDisks: random.chance(0.3) ? some(2, () => ({ atMs: atMs(), forMs: between(500, 20_000) })) : [],
    storeKills: random.chance(0.5) ? some(3, () => ({ atMs: atMs() })) : [],
    feedChanges: random.chance(0.5) ? some(3, () => ({ ...oneOf(markets), ...changeOf(), atMs: atMs(), forMs: between(500, 20_000) })) : [],
    // Drawn last: plans of seeds that are known stay what they are in all else.
    spools: random.chance(0.6),
  };
}

/** Mostly one venue: three cost three times as much and find little more. */
function venuesOf(random: Random, only: VenueName | undefined): readonly VenueName[] {
  const names = [...venueNames];
  const count = random.chance(0.6) ? 1 : random.chance(0.7) ? 2 : 3;
  const drawn = Array.from({ length: count }, () => names.splice(random.below(names.length), 1)[0]!);
  return only === undefined ? drawn : [only];
}

/** Often just before a window's end: a minute's, an hour's, a day's, a month's. */
function startOf(random: Random): number {
  const day = FIRST_DAY_MS + random.below(31) * DAY_MS;
  if (random.chance(0.4)) return day + random.below(DAY_MS);
  const end = day + [MINUTE_MS * 5, MINUTE_MS * 60, DAY_MS][random.below(3)]! * (1 + random.below(2));
  return end - random.below(2 * MINUTE_MS);
}
