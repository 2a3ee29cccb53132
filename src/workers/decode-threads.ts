import { Piscina } from 'piscina';
import type { DecodeResult, DecodeTask } from './task.js';

/** Threads that decode blocks. */
export interface DecodeThreads {
  /** Takes the task's memory with it. Rejects where the thread dies. */
  run(task: DecodeTask): Promise<DecodeResult>;
  close(): Promise<void>;
}

/** Blocks under way at a time for each thread: one that it works on, one that waits for it. */
const UNDER_WAY_PER_THREAD = 2;

/** A block leaves no garbage behind that lives: a small nursery serves a thread as well as a large one. */
const YOUNG_MAX_MB = 8;

export interface ThreadOptions {
  readonly threads: number;
  /** Arguments of node for them: those of this process where none are given. */
  readonly execArgv?: readonly string[];
  /** What they run: decode-task where nothing else is given. */
  readonly entry?: URL;
}

/** Threads of this process, started when they are first needed; one that dies is replaced. */
export function decodeThreads({ threads, execArgv, entry }: ThreadOptions): DecodeThreads {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  let piscina: Piscina<DecodeTask, DecodeResult> | null = null;
  const start = (): Piscina<DecodeTask, DecodeResult> => {
    const started = new Piscina<DecodeTask, DecodeResult>({
      filename: (entry ?? new URL(`./decode-task.${extension}`, import.meta.url)).href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: UNDER_WAY_PER_THREAD,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MAX_MB },
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    // Its tasks are rejected, and that is where a death is seen.
    started.on('error', () => undefined);
    return started;
  };
  return {
    run: async (task) =>
      await (piscina ??= start()).run(task, {
        transferList: [task.bytes, task.starts, task.ends, task.receiveTime].map(({ buffer }) => buffer as ArrayBuffer),
      }),
    close: async () => await piscina?.destroy(),
  };
}
