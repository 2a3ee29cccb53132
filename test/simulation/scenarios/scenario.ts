import type { VenueName } from '../../../src/simulator/venues.js';
import type { Tally } from '../../support/simulation/tally.js';

interface ScenarioResult {
  readonly tally: Tally;
  /** What is wrong; none: the scenario went as it should. */
  readonly wrong: readonly string[];
}

/** A long run, or a hard one, that is asked for by its name. */
export interface Scenario {
  readonly name: string;
  /** In a sentence. */
  readonly about: string;
  run(seed: number, venue: VenueName | undefined): Promise<ScenarioResult>;
}
