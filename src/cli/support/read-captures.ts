import { setTimeout as sleep } from 'node:timers/promises';
import { type FrameBlock, splitLines } from '../../domain/frame-block.js';
import { RECORDER_DEFAULTS } from '../../recording/recorder/recorder-ports.js';
import type { VenueRecorder } from '../../recording/recorder/venue-recorder.js';
import type { CommandLane } from '../../sinks/command-lane.js';
import { CaptureEndedEarly, readCapture } from '../../sources/files/capture-file.js';
import { openProgress } from './progress.js';

/** Unacknowledged rows at which reading waits. */
const PENDING_ROWS_MAX = 524_288;
/** Blocks waiting for threads at which reading waits. */
const WAITING_BLOCKS_MAX = 16;
/** Windows to recompute at which reading waits. */
const DIRTY_WINDOWS_MAX = 20_000;

export interface CaptureToRead {
  readonly file: string;
  readonly bytes: number;
}

interface ReadOptions {
  /** A multiple of the pace at which frames were received; Infinity: as fast as it goes. */
  readonly speed: number;
  /** Aborted: nothing more is read. */
  readonly signal: AbortSignal;
}

/** What was read of captures, and what was not. */
export interface CapturesRead {
  /** Lines that are not `<receive_time_ns> <json>`. */
  badLines: number;
  /** Files that could not be read to their end. */
  readonly endedEarly: { readonly file: string; readonly byte: number; readonly reason: string }[];
  /** Why reading was ended, and the file that it had come to; null where all files were read. */
  stopped: { readonly signal: string; readonly file: string } | null;
}

/**
 * Reads captures into a recorder, one after another. One that cannot be read to its end counts as far as it can be, and the next one follows.
 * @throws what the store fails with
 */
export async function readCaptures(
  captures: readonly CaptureToRead[],
  recorder: VenueRecorder,
  outlet: CommandLane,
  { speed, signal }: ReadOptions,
): Promise<CapturesRead> {
  const read: CapturesRead = { badLines: 0, endedEarly: [], stopped: null };
  const totalBytes = captures.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = openProgress(totalBytes, 'MB', 1_000_000);
  let flushedAt = performance.now();
  let bytesBefore = 0;
  try {
    for (const [index, { file, bytes }] of captures.entries()) {
      const blocks = readCapture(file, {
        connectionId: index + 1,
        origin: 'replay',
        onProgress: (bytesRead) => progress.update(bytesBefore + bytesRead),
        onBadLines: (count) => (read.badLines += count),
      });
      try {
        for await (const block of paced(blocks, speed, signal)) {
          recorder.frames(block);
          if (outlet.failed !== undefined) throw outlet.failed;
          if (performance.now() - flushedAt >= RECORDER_DEFAULTS.batchAgeMs) {
            recorder.flush();
            flushedAt = performance.now();
          }
          if (recorder.dirtyWindows > DIRTY_WINDOWS_MAX) await catchUp(recorder);
          await recorder.decoded(WAITING_BLOCKS_MAX);
          if (recorder.pendingRows > PENDING_ROWS_MAX) await recorder.ready();
        }
      } catch (error) {
        if (!(error instanceof CaptureEndedEarly)) throw error;
        read.endedEarly.push({ file: error.file, byte: error.byte, reason: error.reason });
      }
      if (signal.aborted) {
        read.stopped = { signal: String(signal.reason), file };
        break;
      }
      bytesBefore += bytes;
    }
    return read;
  } finally {
    progress.stop();
  }
}

/** Waits until pending rows are stored and windows are recomputed, so that these do not pile up. */
async function catchUp(recorder: VenueRecorder): Promise<void> {
  recorder.flush();
  await recorder.ready();
  await recorder.maintain();
}

/** Yields blocks at a multiple of the pace at which their frames were received, until there are no more or the signal comes. */
async function* paced(blocks: AsyncIterable<FrameBlock>, speed: number, signal: AbortSignal): AsyncGenerator<FrameBlock> {
  let first: number | undefined;
  const began = performance.now();
  const isStopped = (): boolean => signal.aborted;
  for await (const block of blocks) {
    if (isStopped()) return;
    if (speed === Infinity) {
      yield block;
      continue;
    }
    splitLines(block);
    if (block.count === 0) continue;
    const receivedMs = Number(block.receiveTime[0]! / 1_000_000n);
    first ??= receivedMs;
    const due = (receivedMs - first) / speed;
    const wait = due - (performance.now() - began);
    if (wait > 1) await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (isStopped()) return;
    yield block;
  }
}
