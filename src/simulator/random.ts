const TWO_POW_32 = 0x1_0000_0000;

/**
 * A seeded source of random numbers (the sfc32 generator), so that a simulation is a function of its seed.
 * A label gives each consumer a sequence of its own: adding a symbol then changes no other symbol's trades.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, label = '') {
    this.#a = hash(`${seed}/a/${label}`);
    this.#b = hash(`${seed}/b/${label}`);
    this.#c = hash(`${seed}/c/${label}`);
    // The first outputs still resemble the seed.
    for (let round = 0; round < 15; round++) this.next();
  }

  /** A number in [0, 1), with 32 random bits. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / TWO_POW_32;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A waiting time of a process without memory. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** A fat-tailed size: at least 1, and 1 / shape is how heavy the tail is. */
  pareto(shape: number): number {
    return (1 - this.next()) ** (-1 / shape);
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
