import type { FastifyRequest } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ApiConfig } from '../api-config.js';
import type { Api } from '../api-ports.js';
import { READ_REFUSALS, ReadLimiter, type ReadLease } from './read-limiter.js';

/** Rows from which on a read is a large one. */
const LARGE_ROWS = 1_000;

/** What a request is about to ask of the store. */
interface ReadCost {
  /** Rows of its answer at most; Infinity for what goes through more of the store than it answers with. */
  readonly rows: number;
  /** Bytes of its answer at most, by estimate. */
  readonly bytes: number;
}

/** The limit of reads, as routes use it. */
export interface ReadGuard {
  /** Lets a request wait for its turn; throws `overloaded` where too many do. */
  enter(request: FastifyRequest, cost: ReadCost): Promise<void>;
  /** The rows of a request are read, and its answer has so many bytes. */
  answered(request: FastifyRequest, bytes: number): void;
}

/**
 * Reads of the store have limits of their own, large ones apart from small ones, so that a page of a few rows does not stand behind the
 * history of a year. What asks nothing of the store (health, readiness, metrics) never meets them.
 */
export function addReadLimits(
  app: Api,
  { smallReads, largeReads }: Pick<ApiConfig, 'smallReads' | 'largeReads'>,
  registry: Registry,
): ReadGuard {
  const limiters = { small: new ReadLimiter('small reads', smallReads), large: new ReadLimiter('large reads', largeReads) };
  const leases = new WeakMap<FastifyRequest, ReadLease>();
  app.addHook('preClose', (done) => {
    for (const limiter of Object.values(limiters)) limiter.stop();
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    leases.get(request)?.release();
    done();
  });
  addMetrics(registry, limiters);
  return {
    enter: async (request, { rows, bytes }) => {
      const lease = await limiters[rows > LARGE_ROWS ? 'large' : 'small'].enter(request.ip, bytes, request.signal);
      leases.set(request, lease);
      // The connection may break before there is an answer. Of one that broke already nothing comes any more.
      if (request.raw.destroyed) lease.release();
      else request.raw.once('close', () => lease.release());
    },
    answered: (request, bytes) => leases.get(request)?.answered(bytes),
  };
}

function addMetrics(registry: Registry, limiters: Readonly<Record<string, ReadLimiter>>): void {
  const all = Object.entries(limiters);
  new Gauge({
    ...{ name: 'serac_api_reads', help: 'Reads of the store that are running or queued.', labelNames: ['size', 'state'] },
    registers: [registry],
    collect() {
      for (const [size, { taken }] of all) {
        this.set({ size, state: 'running' }, taken.places);
        this.set({ size, state: 'waiting' }, taken.waiting);
      }
    },
  });
  new Gauge({
    ...{
      name: 'serac_api_read_bytes',
      help: 'Bytes of responses not yet read by clients, estimates included.',
      labelNames: ['size'],
    },
    registers: [registry],
    collect() {
      for (const [size, { taken }] of all) this.set({ size }, taken.bytes);
    },
  });
  new Counter({
    ...{ name: 'serac_api_reads_refused_total', help: 'Refused reads of the store, by reason.', labelNames: ['size', 'reason'] },
    registers: [registry],
    collect() {
      this.reset();
      for (const [size, limiter] of all) for (const reason of READ_REFUSALS) this.inc({ size, reason }, limiter.refused(reason));
    },
  });
}
