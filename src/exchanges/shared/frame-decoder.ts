import type { Decode, DecodeContext } from '../venue.js';
import { DecodedFrames } from './decoded-frames.js';
import type { FrameFormat } from './frame-format.js';
import { FrameNumbers } from './frame-numbers.js';
import { RejectQuota } from './reject-quota.js';
import { SymbolLookup } from './symbol-lookup.js';

/** Decoder for venues with several trades per frame: the scanner handles the usual shape, the general parser all others. */
export const frameDecoder =
  (format: FrameFormat) =>
  ({ symbols, resolve, clock, isJoined }: DecodeContext): Decode => {
    const scanner = format.scanner(new SymbolLookup(resolve));
    const numbers = new FrameNumbers(isJoined);
    const text = new TextDecoder();
    const quota = new RejectQuota();

    return (frames) => {
      const { bytes, starts, ends, count } = frames;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // The scanner compares while bytes match: a zero stops it after the last frame, whatever the reused memory contains.
      bytes[frames.length] = 0;
      const decoded = new DecodedFrames(frames, symbols, clock, numbers, format.newestFirst, text, quota);
      for (let frame = 0; frame < count; frame++) {
        decoded.begin(frame);
        const rows = scanner.scan(bytes, view, starts[frame]!, ends[frame]!, decoded.trades);
        if (rows >= 0 && decoded.takeScanned(scanner, rows)) continue;
        if (!quota.skips(bytes, starts[frame]!, ends[frame]!, decoded.localTime))
          decoded.takeGeneral(format.read(text.decode(frames.frame(frame)), resolve));
      }
      decoded.moreRejects = quota.take();
      return decoded;
    };
  };
