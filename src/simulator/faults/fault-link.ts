import { Random } from '../random.js';
import type { ConnectionId, Outgoing } from '../venue-core.js';
import type { ActiveFaults } from './active-faults.js';
import { blowUp, cutShort, flipBits } from './damage.js';

/** A frame on its way: text as long as nothing has damaged it. */
interface Frame {
  readonly text: string | null;
  readonly bytes: Uint8Array | null;
  readonly pieces: number;
}

interface HeldFrame {
  readonly frame: Frame;
  readonly untilMs: number;
  /** Frames that it lets pass. */
  passing: number;
}

interface Waiting {
  readonly dueMs: number;
  readonly item: Outgoing;
  readonly bytes: number;
}

/** A frame that waits for later ones to pass, and none come, goes on after this. */
const HELD_MAX_MS = 1_000;
/** A venue does not keep everything for a client that cannot read it. */
const WAITING_MAX_BYTES = 64 << 20;

/** What lies between the venue and one client: frames get lost, damaged, doubled, late and out of order here. */
export class FaultLink {
  readonly id: ConnectionId;
  readonly openedMs: number;
  /** Dead without notice: nothing passes any more. */
  frozen = false;
  /** Over: what the venue says to it from now on is not for this client. */
  ended = false;
  /** The next frame is to be this large. */
  oversizeBytes = 0;
  readonly #faults: ActiveFaults;
  readonly #random: Random;
  #held: HeldFrame[] = [];
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lastDueMs = -Infinity;
  #freeAtMs = -Infinity;

  constructor(id: ConnectionId, openedMs: number, faults: ActiveFaults, seed: number) {
    this.id = id;
    this.openedMs = openedMs;
    this.#faults = faults;
    this.#random = new Random(seed, `link/${id}`);
  }

  /** Whether more waits than a venue would keep. */
  get overfull(): boolean {
    return this.#waitingBytes > WAITING_MAX_BYTES;
  }

  /** Takes what the venue sends, and adds what comes out at once. */
  pass(item: Outgoing, nowMs: number, out: Outgoing[]): void {
    if (this.frozen || this.ended) return;
    if (item.kind !== 'texts') {
      // A goodbye comes after everything that was said before.
      if (item.kind === 'close') this.#letGo(this.#takeHeld(), nowMs, out);
      if (item.kind === 'close' || item.kind === 'reset') this.ended = true;
      this.#send(item, 0, nowMs, out);
      return;
    }
    if (this.#faults.empty && this.oversizeBytes === 0 && this.#held.length === 0 && this.#waiting.length === 0) {
      out.push(item);
      return;
    }
    const passed: Frame[] = [];
    for (const text of item.texts) {
      if (this.#faults.meeting('lose', this.id) !== null) continue;
      const frame = this.#damage(text);
      this.#reorder(frame, nowMs, passed);
      if (this.#faults.meeting('duplicate', this.id) !== null) this.#reorder(frame, nowMs, passed);
    }
    this.#letGo(passed, nowMs, out);
  }

  /** Time has passed: what is due comes out. */
  release(nowMs: number, out: Outgoing[]): void {
    if (this.#held.some(({ untilMs }) => untilMs <= nowMs)) {
      const late = this.#held.filter(({ untilMs }) => untilMs <= nowMs);
      this.#held = this.#held.filter(({ untilMs }) => untilMs > nowMs);
      this.#letGo(
        late.map(({ frame }) => frame),
        nowMs,
        out,
      );
    }
    let due = 0;
    for (; due < this.#waiting.length && this.#waiting[due]!.dueMs <= nowMs; due++) {
      out.push(this.#waiting[due]!.item);
      this.#waitingBytes -= this.#waiting[due]!.bytes;
    }
    if (due > 0) this.#waiting.splice(0, due);
  }

  /** Breaks: what is on its way is gone. */
  drop(): void {
    this.ended = true;
    this.#held = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #damage(text: string): Frame {
    const flip = this.#faults.meeting('flip', this.id) !== null;
    const truncate = this.#faults.meeting('truncate', this.id) !== null;
    const pieces = this.#faults.meeting('split', this.id)?.pieces ?? 1;
    const { oversizeBytes } = this;
    if (!flip && !truncate && pieces === 1 && oversizeBytes === 0) return { text, bytes: null, pieces };
    let bytes: Uint8Array = Buffer.from(text);
    if (flip) bytes = flipBits(bytes, this.#random);
    if (truncate) bytes = cutShort(bytes, this.#random);
    if (oversizeBytes > 0) bytes = blowUp(bytes, oversizeBytes);
    this.oversizeBytes = 0;
    return { text: null, bytes, pieces };
  }

  /** Adds the frame, unless it is to wait, and those that have waited long enough. */
  #reorder(frame: Frame, nowMs: number, passed: Frame[]): void {
    const reorder = this.#faults.meeting('reorder', this.id);
    const goOn = this.#held.filter((held) => --held.passing < 0);
    if (reorder === null) passed.push(frame);
    else this.#held.push({ frame, untilMs: nowMs + HELD_MAX_MS, passing: this.#random.below(reorder.span) });
    if (goOn.length === 0) return;
    this.#held = this.#held.filter((held) => !goOn.includes(held));
    passed.push(...goOn.map((held) => held.frame));
  }

  #takeHeld(): readonly Frame[] {
    const frames = this.#held.map(({ frame }) => frame);
    this.#held = [];
    return frames;
  }

  #letGo(frames: readonly Frame[], nowMs: number, out: Outgoing[]): void {
    const waits = this.#waiting.length > 0 || this.#isSlowed();
    let texts: string[] = [];
    const flush = () => {
      if (texts.length > 0) out.push({ connection: this.id, kind: 'texts', texts });
      texts = [];
    };
    for (const { text, bytes, pieces } of frames) {
      if (text !== null && !waits) {
        texts.push(text);
        continue;
      }
      flush();
      const item: Outgoing =
        bytes === null
          ? { connection: this.id, kind: 'texts', texts: [text ?? ''] }
          : { connection: this.id, kind: 'message', bytes, pieces };
      this.#send(item, bytes?.length ?? text?.length ?? 0, nowMs, out);
    }
    flush();
  }

  #isSlowed(): boolean {
    return this.#faults.lasts('delay', this.id) || this.#faults.lasts('slow', this.id);
  }

  /** At once, or in its turn behind what waits. */
  #send(item: Outgoing, bytes: number, nowMs: number, out: Outgoing[]): void {
    let dueMs = nowMs + (this.#faults.meeting('delay', this.id)?.delayMs ?? 0);
    const slow = this.#faults.meeting('slow', this.id);
    if (slow !== null) {
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (bytes * 1_000) / slow.bytesPerSecond;
      dueMs = Math.max(dueMs, this.#freeAtMs);
    }
    if (this.#waiting.length > 0) dueMs = Math.max(dueMs, this.#lastDueMs);
    if (dueMs <= nowMs && this.#waiting.length === 0) {
      out.push(item);
      return;
    }
    this.#lastDueMs = dueMs;
    this.#waiting.push({ dueMs, item, bytes });
    this.#waitingBytes += bytes;
  }
}
