import type { Plan } from './plan.js';
import { Simulation, type SimulationOptions } from './simulation.js';
import { wrongOf, type Tally } from './tally.js';

export interface PlanResult {
  readonly tally: Tally;
  /** Everything that is wrong, each in a line. */
  readonly wrong: readonly string[];
  /** A hash of all that happened. */
  readonly trace: string;
}

/** Runs a plan to its verdict. What is thrown, or rejected where nobody listens, would have ended the daemon: it is wrong too. */
export async function runPlan(plan: Plan, options: SimulationOptions = {}): Promise<PlanResult> {
  const simulation = new Simulation(plan, options);
  const { tally } = simulation;
  const unheard = (error: unknown): void => void tally.troubles.push(`nobody heard: ${textOf(error)}`);
  process.on('unhandledRejection', unheard);
  try {
    await simulation.run();
  } catch (error) {
    tally.troubles.push(`thrown: ${textOf(error)}`);
  } finally {
    process.off('unhandledRejection', unheard);
  }
  return { tally, wrong: wrongOf(tally), trace: simulation.trace };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
