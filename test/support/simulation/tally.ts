/** What a run came to. The lists name what is wrong; a run is as it should be when all of them are empty. */
export interface Tally {
  /** Trades that the exchanges sent to somebody, and those that are stored. */
  emitted: number;
  stored: number;
  /** Physical rows beyond the first of their key. */
  redelivered: number;
  candles: number;
  /** Of those the ones that are called complete or backfilled. */
  proven: number;
  /** Looks at what was served, and candles that were served as proven in them. */
  samples: number;
  provenServed: number;
  disconnects: number;
  gapsOpened: number;
  gapsClosed: number;
  kills: number;
  storeKills: number;
  /** Batches that waited on disk for the store. */
  spooled: number;
  /** Markets that were not recorded for a while, as a person asked. */
  feedChanges: number;
  stops: number;
  /** Daemons that ended because the store was away when they began. */
  failedStarts: number;
  /** Trades that may be missing for ever, because a damaged copy came first, and are. */
  spoiled: number;
  /** Trades that are missing and listed as such, where the venue never gave anything back. */
  listedMissing: number;
  virtualMs: number;
  readonly missing: string[];
  readonly duplicates: string[];
  readonly candleMismatches: string[];
  readonly falselyComplete: string[];
  /** What else went wrong: something never ended, a part failed. */
  readonly troubles: string[];
}

export function newTally(): Tally {
  return {
    ...{ emitted: 0, stored: 0, redelivered: 0, candles: 0, proven: 0, samples: 0, provenServed: 0, disconnects: 0 },
    ...{
      gapsOpened: 0,
      gapsClosed: 0,
      kills: 0,
      storeKills: 0,
      spooled: 0,
      feedChanges: 0,
      stops: 0,
      failedStarts: 0,
      spoiled: 0,
      listedMissing: 0,
      virtualMs: 0,
    },
    ...{ missing: [], duplicates: [], candleMismatches: [], falselyComplete: [], troubles: [] },
  };
}

/** Everything that is wrong with a run, each with its kind. */
export function wrongOf({ missing, duplicates, candleMismatches, falselyComplete, troubles }: Tally): string[] {
  const kinds = { missing, duplicates, candleMismatches, falselyComplete, troubles };
  return Object.entries(kinds).flatMap(([kind, list]) => list.map((what) => `${kind}: ${what}`));
}
