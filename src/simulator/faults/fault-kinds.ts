/** A parameter of a fault: a number within bounds. Durations are milliseconds and end in Ms, shares are of 1. */
interface Parameter {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

const forMs: Parameter = { default: 5_000, min: 1, max: 30 * DAY_MS, whole: true };
const share = (value: number): Parameter => ({ default: value, min: 0, max: 1, whole: false });
const whole = (value: number, min: number, max: number): Parameter => ({ default: value, min, max, whole: true });

/**
 * What can go wrong, and how it is measured out: the one table from which plans are read, checked and drawn by lot. A fault
 * with `forMs` lasts so long, the others happen at once. `share` is how many of the frames, messages or requests it meets.
 */
const faultKinds = {
  /** The venue says goodbye and closes. */
  disconnect: { code: whole(1001, 1000, 4999) },
  /** The connection breaks (RST). */
  reset: {},
  /** The connection is dead and stays open: nothing comes, and nothing is answered, not even a ping. New ones work. */
  silence: {},
  /** The venue cuts all connections that are older than `olderThanMs`, as after 24 hours. */
  dayCut: { olderThanMs: whole(0, 0, 30 * DAY_MS) },
  /** The server goes down: announced where the venue announces it, and closed after the grace. */
  serverShutdown: { graceMs: whole(2_000, 0, DAY_MS) },
  /** Attempts to connect are answered with this status. */
  refuseConnect: { forMs, share: share(1), status: whole(503, 400, 599) },

  /** Frames come so much later, in order. */
  delay: { forMs, delayMs: whole(1_000, 1, DAY_MS) },
  /** Frames come as slowly as this lets them. */
  slow: { forMs, bytesPerSecond: whole(20_000, 1, 1e9) },
  /** Frames come twice. */
  duplicate: { forMs, share: share(0.3) },
  /** Frames come after up to `span` later ones of their connection. */
  reorder: { forMs, share: share(0.3), span: whole(5, 1, 1_000) },
  /** Frames never come: a range is lost, or, with a share, some. */
  lose: { forMs, share: share(1) },
  /** One byte to three of a frame lose their meaning: its highest bit is set, which no frame of a venue has. */
  flip: { forMs, share: share(0.2) },
  /** Frames end too early. */
  truncate: { forMs, share: share(0.2) },
  /** The next frame is blown up with blanks. */
  oversize: { bytes: whole(5 << 20, 1, 64 << 20) },
  /** Messages come in several WebSocket frames. */
  split: { forMs, share: share(1), pieces: whole(3, 2, 100) },

  /** Subscriptions are refused in the venue's words. */
  refuseSubscribe: { forMs, share: share(1) },
  /** Subscriptions are neither obeyed nor answered. */
  loseSubscribe: { forMs, share: share(1) },

  /** The venue's clock moves to this distance from the true time, within `overMs`: its market lives by it. */
  clockSkew: { offsetMs: whole(1_270, -DAY_MS, DAY_MS), overMs: whole(0, 0, DAY_MS) },

  /** Requests are answered with this status: 429, 418, 500, ..; Retry-After where it is not zero. */
  restStatus: { forMs, share: share(1), status: whole(500, 400, 599), retryAfterMs: whole(0, 0, 3 * DAY_MS) },
  /** Requests are never answered. */
  restTimeout: { forMs, share: share(1) },
  restDelay: { forMs, share: share(1), delayMs: whole(2_000, 1, DAY_MS) },
  /** Bodies end too early: no JSON. */
  restTruncate: { forMs, share: share(0.5) },
  /** Pages hold fewer rows than were asked for, though there are more. */
  restShortPage: { forMs, share: share(0.5) },
  /** Pages begin earlier than was asked for, and so repeat up to `rows` rows (Kraken: as many milliseconds). */
  restOverlap: { forMs, share: share(0.5), rows: whole(10, 1, 1_000) },
  /** What stands beside the rows is wrong: the cursor of the next page points too far, a kline counts one trade too many. */
  restWrongTotals: { forMs, share: share(0.5) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Parameter>>>>;

export type FaultName = keyof typeof faultKinds;

/** The parameters of one fault, all there. */
export type FaultParameters<Name extends FaultName> = { readonly [Key in keyof (typeof faultKinds)[Name]]: number };

export const faultNames = Object.keys(faultKinds) as readonly FaultName[];

/** Faults that meet connections: all, or one that is drawn by lot. */
const onConnections: readonly FaultName[] = [
  ...([
    'disconnect',
    'reset',
    'silence',
    'delay',
    'slow',
    'duplicate',
    'reorder',
    'lose',
    'flip',
    'truncate',
    'oversize',
    'split',
  ] as const),
];

export function meetsConnections(name: FaultName): boolean {
  return onConnections.includes(name);
}

/** The parameters of a fault by name, whichever fault it is. */
export function parametersOf(name: FaultName): ReadonlyMap<string, Parameter> {
  return new Map(Object.entries(faultKinds[name]));
}
