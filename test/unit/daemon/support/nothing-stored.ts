import type { RecordingStore } from '../../../../src/domain/ports/recording-store.js';

/** A store in which nothing is. */
export const nothingStored: RecordingStore = {
  foldWindows: () => Promise.resolve(new Map()),
  candlesAt: () => Promise.resolve(new Map()),
  windowsAt: () => Promise.resolve(new Map()),
  timesOf: () => Promise.resolve(new Map()),
  timesOfMany: () => Promise.resolve(new Map()),
  recover: () => Promise.resolve([]),
  cleanStops: () => Promise.resolve(new Map()),
  minutesThatDiffer: () => Promise.resolve(new Map()),
  openGaps: () => Promise.resolve([]),
  newestStamp: () => Promise.resolve(0),
};
