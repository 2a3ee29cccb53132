import type { FrameText } from './frame-texts.js';

/** Every hundredth frame. */
const EVERY = 100;

const SHAPES: readonly ((text: string) => string)[] = [
  // Spaces, as another JSON library prints them.
  (text) => text.replaceAll(',"', ', "').replaceAll('":', '": '),
  // A key that nobody has announced.
  (text) => text.replace('"M":', '"X":7,"M":'),
  // Another order of keys.
  (text) => text.replace('{"e":"trade",', '{').replace(/}}$/, ',"e":"trade"}}'),
];

/** The same trades, one frame in a hundred in a shape that only the general parser reads. */
export function withOddShapes(frames: readonly FrameText[]): FrameText[] {
  return frames.map(({ text, sentUs }, index) =>
    index % EVERY === EVERY - 1 ? { text: SHAPES[Math.floor(index / EVERY) % SHAPES.length]!(text), sentUs } : { text, sentUs },
  );
}
