import { Piscina } from 'piscina';
import type { DecodeResult, DecodeTask } from './task.js';

/** Threads that decode blocks. */
export interface DecodeThreads {
  /** Transfers the task's memory. Rejects if the thread dies. */
  run(task: DecodeTask): Promise<DecodeResult>;
  close(): Promise<void>;
}

/** Blocks in flight per thread: one being decoded, one waiting. */
const UNDER_WAY_PER_THREAD = 2;

/** A block leaves no live garbage: a small nursery serves a thread as well as a large one. */
const YOUNG_MAX_MB = 8;

export interface ThreadOptions {
  readonly threads: number;
  /** Node arguments for them; default: those of this process. */
  readonly execArgv?: readonly string[];
  /** The module that they run; default: decode-task. */
  readonly entry?: URL;
}

/** Threads of this process, started when first needed; one that dies is replaced. */
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
    // Its tasks are rejected, which is how a death is noticed.
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
