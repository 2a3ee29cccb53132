/** Restart budget: more than `restarts` within `withinMs` means that the part does not run. */
export interface RestartBudget {
  readonly restarts: number;
  readonly withinMs: number;
}

/** The restarts that still count, including this one, and whether they are too many. */
export function spendRestart(
  earlier: readonly number[],
  now: number,
  { restarts, withinMs }: RestartBudget,
): { readonly times: readonly number[]; readonly spent: boolean } {
  const times = [...earlier.filter((time) => now - time < withinMs), now];
  return { times, spent: times.length > restarts };
}
