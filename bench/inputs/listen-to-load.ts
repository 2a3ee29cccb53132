import type { SystemClock } from '../../src/domain/clock.js';
import type { FrameBlock } from '../../src/domain/frame-block.js';
import { dialWebSocket } from '../../src/sources/websocket/dial-websocket.js';
import type { Connection } from '../../src/sources/websocket/dial.js';
import { FrameCollector } from '../../src/sources/websocket/frame-collector.js';

const CONNECTION_ID = 1;

/** Opens a socket as a venue's actor does, and gives its blocks of frames. */
export function listenToLoad(
  url: string,
  clock: SystemClock,
  { onOpen, onBlock, onFailure }: { onOpen: () => void; onBlock: (block: FrameBlock) => void; onFailure: (error: Error) => void },
): Connection {
  const collector = new FrameCollector(CONNECTION_ID, {
    nowNs: clock.nowNs,
    afterChunk: (run) => process.nextTick(run),
    afterTurn: (run) => setImmediate(run),
    onFrames: onBlock,
  });
  return dialWebSocket({ nowMs: () => clock.now() })(url, {
    onOpen,
    onFrame: (frame) => collector.take(frame),
    onFrames: (bytes, bounds, count) => collector.takeAll(bytes, bounds, count),
    onSignOfLife: () => undefined,
    onEnd: (end) => onFailure(new Error(`the connection ended: ${JSON.stringify(end)}`)),
  });
}
