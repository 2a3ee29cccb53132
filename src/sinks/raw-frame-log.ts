import { formatNs } from '../codec/json/time.js';
import type { FrameBlock } from '../domain/frame-block.js';
import { rowsParcel, type Outlet } from './parcel.js';

/** Bytes that wait to be written; frames beyond it are dropped and counted: raw frames are for debugging, not the data. */
const WAITING_MAX_BYTES = 64 * 1_048_576;

/** Keeps every raw frame in the table `raw_frames`, if configured. */
export class RawFrameLog {
  #blocks: FrameBlock[] = [];
  #bytes = 0;
  dropped = 0;

  constructor(readonly exchange: string) {}

  take(block: FrameBlock): void {
    if (this.#bytes + block.length > WAITING_MAX_BYTES) {
      this.dropped += block.count;
      return;
    }
    this.#blocks.push(block.keep());
    this.#bytes += block.length;
  }

  flush(outlet: Outlet): void {
    if (this.#blocks.length === 0 || outlet.isFull) return;
    const rows: object[] = [];
    const text = new TextDecoder();
    for (const block of this.#blocks) {
      for (let frame = 0; frame < block.count; frame++) {
        rows.push({
          receive_time: formatNs(block.receiveTime[frame]!, 9, 'rfc3339'),
          exchange: this.exchange,
          connection_id: String(block.connectionId),
          frame: text.decode(block.frame(frame)),
        });
      }
    }
    outlet.send(rowsParcel('raw_frames', rows));
    this.#blocks = [];
    this.#bytes = 0;
  }
}
