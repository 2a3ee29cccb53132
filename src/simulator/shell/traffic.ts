/** What a simulated venue has answered, counted: it shows whether its clients have kept within its limits. */
export class Traffic {
  /** Connections that were let in. */
  connections = 0;
  /** Those that were not, by the status of the refusal. */
  readonly refused = new Map<number, number>();
  /** Connections that the venue ended, by the code that it gave. */
  readonly closed = new Map<number, number>();
  /** Answers to REST requests, by status. */
  readonly rest = new Map<number, number>();

  toJSON(): object {
    const { connections, refused, closed, rest } = this;
    return { connections, refused: Object.fromEntries(refused), closed: Object.fromEntries(closed), rest: Object.fromEntries(rest) };
  }
}

/** One more of a kind. */
export function countOne(counts: Map<number, number>, kind: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
