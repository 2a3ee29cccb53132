import { SeracError } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { DaemonLife } from './daemon-life.js';
import type { FeedChange } from './plan.js';
import type { Tally } from './tally.js';
import type { VirtualClock } from './virtual-clock.js';

const AGAIN_MS = 2_000;

/** A person at the daemon's control: has markets not recorded, and recorded again, through the daemon that runs. */
export class FeedChanges {
  constructor(
    private readonly clock: VirtualClock,
    private readonly tally: Tally,
    /** The daemon that runs now. */
    private readonly running: () => DaemonLife | null,
  ) {}

  /** A daemon that begins meanwhile records all markets of its configuration: then there is nothing to take back. */
  async make({ how, venue, venueSymbol, forMs }: FeedChange): Promise<void> {
    const life = this.running();
    if (life === null) return;
    const { control } = life.daemon;
    const feed = { exchange: venue, symbol: venueNamed(venue).toSymbol(venueSymbol)! };
    const tier = life.daemon.feeds().find(({ exchange, symbol }) => exchange === feed.exchange && symbol === feed.symbol)?.tier;
    // Another change has removed it.
    if (tier === undefined) return;
    this.tally.feedChanges += 1;
    if (how === 'remove') await control.remove(feed);
    else control.pause(feed);
    await this.clock.sleep(forMs);
    while (this.running() === life) {
      try {
        if (how === 'remove') await control.add(feed, tier);
        else control.resume(feed);
        return;
      } catch (error) {
        if (!(error instanceof SeracError)) throw error;
        // Removed by another change: that one adds it again.
        if (error.code === 'not_found') return;
        await this.clock.sleep(AGAIN_MS);
      }
    }
  }
}
