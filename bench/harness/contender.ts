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
  /** Name of the contender that it is compared with; runs of one round are paired. */
  readonly against?: string;
  run(): Run | Promise<Run>;
}

/** What a table has to show; a target that is not reached is named in `missed`. */
export interface Target {
  readonly contender: string;
  /** `ratio` is that to the contender it is compared with; `perSecond` are units a second, by the table's basis. */
  readonly figure: 'ratio' | 'perSecond';
  readonly atLeast: number;
}

/** Input made, processes started. */
interface PreparedTable {
  readonly contenders: readonly Contender[];
  readonly close?: () => Promise<void>;
}

export interface BenchTable {
  readonly name: string;
  readonly title: string;
  /** Sentences that say what is measured. */
  readonly about: readonly string[];
  readonly unit: 'trade' | 'row';
  /** `cpu`: one core's work, whatever the machine's other tenants do. `wall`: several processes share the machine. */
  readonly basis: 'cpu' | 'wall';
  readonly rounds: number;
  /** Rounds before those that count, in which code becomes hot. */
  readonly warmups: number;
  readonly targets: readonly Target[];
  prepare(): PreparedTable | Promise<PreparedTable>;
}
