/** What one run of one contender took. */
export interface Run {
  /** Trades or rows that went through. */
  readonly units: number;
  readonly wallMs: number;
  /** CPU time of all threads of this process, or of all processes that took part. */
  readonly cpuMs: number;
  /** Further figures, by name with the unit in it. */
  readonly details?: Readonly<Record<string, number>>;
}

/** One way of doing a table's job. */
export interface Contender {
  readonly name: string;
  /** Names of the contenders that it is compared with; runs of one round are paired. */
  readonly against?: string | readonly string[];
  run(): Run | Promise<Run>;
}

/** `ratio` is that to the contender `against`, by default the first; `perSecond` are units a second, by the table's basis; a detail is a median. */
type Figure =
  | { readonly figure: 'ratio'; readonly against?: string }
  | { readonly figure: 'perSecond' }
  | { readonly figure: { readonly detail: string } };

/** What a table has to show; a target that is not reached is named in `missed`, one whose contenders did not run in `notMeasured`. */
export type Target = { readonly contender: string } & Figure & ({ readonly atLeast: number } | { readonly atMost: number });

/** Input made, processes started. */
interface PreparedTable {
  readonly contenders: readonly Contender[];
  /** Sentences that say who could not take part, and why. */
  readonly notes?: readonly string[];
  readonly close?: () => Promise<void>;
}

export interface BenchTable {
  readonly name: string;
  readonly title: string;
  /** Sentences that say what is measured. */
  readonly about: readonly string[];
  /** One of what is counted; its plural takes an s. */
  readonly unit: string;
  /** `cpu`: one core's work, whatever the machine's other tenants do. `wall`: several processes share the machine. */
  readonly basis: 'cpu' | 'wall';
  readonly rounds: number;
  /** Rounds before those that count, in which code becomes hot. */
  readonly warmups: number;
  readonly targets: readonly Target[];
  /** Left out of the whole run. */
  readonly onlyByName?: boolean;
  prepare(): PreparedTable | Promise<PreparedTable>;
}
