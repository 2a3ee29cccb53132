/** A timer that was set. */
export interface VirtualTimer {
  readonly atMs: number;
  /** Timers that are due together run in the order in which they were set. */
  readonly order: number;
  run: (() => void) | null;
}

/**
 * Time that passes when it is told to: a timer runs, then everything that it set off, promises and all, comes to rest, then the next
 * one runs. So the same timers run in the same order each time, however fast the machine is.
 */
export class VirtualClock {
  readonly #heap: VirtualTimer[] = [];
  #nowMs: number;
  #count = 0;

  /** @param startMs ms since the epoch */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** ms since the epoch. */
  now(): number {
    return this.#nowMs;
  }

  /** Timers that ran or wait. */
  get timersSet(): number {
    return this.#count;
  }

  setTimeout(run: () => void, delayMs: number): VirtualTimer {
    // As Node counts: whole milliseconds, and at least one.
    const timer: VirtualTimer = { atMs: this.#nowMs + Math.max(1, Math.trunc(delayMs)), order: this.#count++, run };
    this.#push(timer);
    return timer;
  }

  clearTimeout(timer: VirtualTimer): void {
    timer.run = null;
  }

  /** Resolves after so long. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.setTimeout(resolve, ms));
  }

  /**
   * Lets time pass until a task is over, which waits for nothing but this time.
   * @throws Error where the task waits and no timer is set: it would wait for ever
   */
  async run<T>(task: Promise<T>): Promise<T> {
    const whether = { isOver: false };
    const over = (): void => {
      whether.isOver = true;
    };
    task.then(over, over);
    for (;;) {
      await settled();
      if (whether.isOver) break;
      const next = this.#heap[0];
      if (next === undefined) throw new Error('Everybody waits, and no timer is set.');
      this.#pop();
      if (next.run === null) continue;
      this.#nowMs = next.atMs;
      next.run();
    }
    return await task;
  }

  #push(timer: VirtualTimer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Resolves when no promise has anything left to say: immediates come after all of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
