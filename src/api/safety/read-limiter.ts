import { SeracError } from '../../errors.js';
import { ApiError } from '../errors/api-errors.js';

/** Limits of concurrent reads of one kind. One address gets only a part of each, so that one client never takes all. */
export interface ReadLimits {
  /** Running reads. */
  readonly placesMax: number;
  readonly placesPerAddressMax: number;
  /** Bytes of responses, from the estimate before the read until the client has read them. */
  readonly bytesMax: number;
  readonly bytesPerAddressMax: number;
  /** Queued reads. */
  readonly waitingMax: number;
  readonly waitingPerAddressMax: number;
  readonly waitMaxMs: number;
}

/** Why a read was refused: its address has enough of them queued, the queue is full, it waited too long, or the daemon is stopping. */
export const READ_REFUSALS = ['address', 'full', 'waited', 'stopping'] as const;
export type ReadRefusal = (typeof READ_REFUSALS)[number];

/** An admitted read. */
export interface ReadLease {
  /** The rows are read and the response is made: its place is free, and these bytes are held until the client has read them. */
  answered(bytes: number): void;
  /** It is over, however it ended. Idempotent. */
  release(): void;
}

interface Taken {
  places: number;
  bytes: number;
  waiting: number;
}

interface Waiting {
  readonly address: string;
  readonly bytes: number;
  readonly enter: () => void;
  readonly refuse: (refusal: ReadRefusal) => void;
}

/** Admits reads while there is room for them. Of the queued ones, the first of the address with the least usage is next. */
export class ReadLimiter {
  readonly #all: Taken = { places: 0, bytes: 0, waiting: 0 };
  readonly #addresses = new Map<string, Taken>();
  readonly #waiting: Waiting[] = [];
  readonly #refused = new Map<ReadRefusal, number>();
  #isStopping = false;

  /** @param what names the reads in sentences, in the plural */
  constructor(
    readonly what: string,
    readonly limits: ReadLimits,
  ) {}

  get taken(): Readonly<Taken> {
    return this.#all;
  }

  /** Refused reads since the start. */
  refused(refusal: ReadRefusal): number {
    return this.#refused.get(refusal) ?? 0;
  }

  /**
   * @param bytes upper estimate of its response
   * @param signal aborted when its client disconnects
   * @throws SeracError `overloaded` (status 429 if its address has too many), or `stopping`
   */
  async enter(address: string, bytes: number, signal: AbortSignal): Promise<ReadLease> {
    assertBytes(bytes);
    if (this.#isStopping) throw this.#refusal('stopping');
    if (!this.#fits(address, bytes)) await this.#wait(address, bytes, signal);
    else this.#take(address, 1, bytes);
    return this.#lease(address, bytes);
  }

  /** Refuses all queued and later reads. */
  stop(): void {
    this.#isStopping = true;
    for (const waiting of [...this.#waiting]) waiting.refuse('stopping');
  }

  #lease(address: string, estimate: number): ReadLease {
    let places = 1;
    let held = estimate;
    let isOver = false;
    const give = (bytes: number): void => {
      this.#take(address, -places, bytes - held);
      places = 0;
      held = bytes;
      this.#admit();
    };
    return {
      answered: (bytes) => {
        assertBytes(bytes);
        if (!isOver) give(bytes);
      },
      release: () => {
        if (isOver) return;
        isOver = true;
        give(0);
      },
    };
  }

  #wait(address: string, bytes: number, signal: AbortSignal): Promise<void> {
    const { waitingMax, waitingPerAddressMax, waitMaxMs } = this.limits;
    if (this.#of(address).waiting >= waitingPerAddressMax) throw this.#refusal('address');
    if (this.#all.waiting >= waitingMax) throw this.#refusal('full');
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#count(address, (taken) => (taken.waiting -= 1));
      };
      const waiting: Waiting = {
        ...{ address, bytes },
        enter: () => {
          leave();
          this.#take(address, 1, bytes);
          resolve();
        },
        refuse: (refusal) => {
          leave();
          reject(this.#refusal(refusal));
        },
      };
      const giveUp = (): void => {
        leave();
        reject(new SeracError('stopping', 'The client disconnected before its turn.', { cause: signal.reason }));
      };
      const timer = setTimeout(() => waiting.refuse('waited'), waitMaxMs);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
      this.#count(address, (taken) => (taken.waiting += 1));
    });
  }

  #admit(): void {
    for (;;) {
      const fitting = this.#waiting.filter(({ address, bytes }) => this.#fits(address, bytes));
      const [first, ...others] = fitting;
      if (first === undefined) return;
      others.reduce((best, each) => (this.#has(each.address) < this.#has(best.address) ? each : best), first).enter();
    }
  }

  /** A read fits if nothing is held: an estimate above a limit must not block it for ever. */
  #fits(address: string, bytes: number): boolean {
    const { placesMax, placesPerAddressMax, bytesMax, bytesPerAddressMax } = this.limits;
    const own = this.#of(address);
    if (this.#all.places >= placesMax || own.places >= placesPerAddressMax) return false;
    return (this.#all.bytes === 0 || this.#all.bytes + bytes <= bytesMax) && (own.bytes === 0 || own.bytes + bytes <= bytesPerAddressMax);
  }

  /** Total usage of an address, for comparison: a place outweighs any number of bytes. */
  #has(address: string): number {
    const { places, bytes } = this.#of(address);
    return places * this.limits.bytesMax + bytes;
  }

  #of(address: string): Taken {
    return this.#addresses.get(address) ?? { places: 0, bytes: 0, waiting: 0 };
  }

  #take(address: string, places: number, bytes: number): void {
    this.#count(address, (taken) => {
      taken.places += places;
      taken.bytes += bytes;
    });
  }

  #count(address: string, change: (taken: Taken) => void): void {
    const own = this.#of(address);
    change(this.#all);
    change(own);
    if (own.places + own.bytes + own.waiting === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, own);
  }

  #refusal(refusal: ReadRefusal): SeracError {
    this.#refused.set(refusal, this.refused(refusal) + 1);
    if (refusal === 'stopping') return new SeracError('stopping', 'The daemon is stopping.', { retryable: true });
    const { waitingPerAddressMax, waitMaxMs } = this.limits;
    if (refusal === 'address') {
      const message = `${waitingPerAddressMax} ${this.what} of this address are queued already: send fewer at a time, or try again later.`;
      return new ApiError('overloaded', message, { retryable: true, status: 429 });
    }
    const why = refusal === 'full' ? 'the queue is full' : `it waited for ${waitMaxMs} ms`;
    return new SeracError('overloaded', `Too many ${this.what} (${why}): try again later.`, { retryable: true });
  }
}

/** One number that is not finite would stay in the sum, and nothing would fit any more. */
function assertBytes(bytes: number): void {
  if (!Number.isFinite(bytes)) throw new Error(`not a number of bytes: ${bytes}`);
}
