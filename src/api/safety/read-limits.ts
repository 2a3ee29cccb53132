import type { FastifyRequest } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ApiConfig } from '../api-config.js';
import type { Api } from '../api-ports.js';
import { READ_REFUSALS, ReadLimiter, type ReadLease } from './read-limiter.js';

/** Rows from which on a read is a large one. */
const LARGE_ROWS = 1_000;

/** The cost of a request for the store. */
interface ReadCost {
  /** Most rows of its response; Infinity if it scans more of the store than it returns. */
  readonly rows: number;
  /** Upper estimate of the bytes of its response. */
  readonly bytes: number;
}

/** Limits of reads, for the routes. */
export interface ReadGuard {
  /** Waits for a place; throws `overloaded` if too many reads are queued. */
  enter(request: FastifyRequest, cost: ReadCost): Promise<void>;
  /** The rows of a request are read, and its response has this many bytes. */
  answered(request: FastifyRequest, bytes: number): void;
}

/**
 * Limits of reads of the store, separate for large and small ones, so that a page of a few rows does not wait behind the history of a year.
 * Requests that do not read the store (health, readiness, metrics) are exempt.
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
      // The connection may break before there is a response. One that is already broken emits no further event.
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
