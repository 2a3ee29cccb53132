import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { pressureMachine } from '../../src/machines/pressure/pressure.machine.js';
import { PRESSURE_DEFAULTS, type PressureChange, type PressureSample } from '../../src/machines/pressure/pressure-types.js';
import { IDLE } from '../unit/machines/pressure-samples.js';

const { triggers, riseSamples, fallBelowPart, fallAfterMs } = PRESSURE_DEFAULTS;
const SIGNALS = Object.keys(triggers) as (keyof PressureSample)[];
const triggersOf = (signal: keyof PressureSample): number[] => Object.values(triggers[signal]);

/** A signal by how far it is up its ladder: 0 is nothing, 1 the trigger of soft, 4 that of circuit break. */
const sample: fc.Arbitrary<PressureSample> = fc
  .tuple(fc.constantFrom(...SIGNALS), fc.double({ min: 0, max: 5, noNaN: true }))
  .map(([signal, height]) => {
    const ladder = [0, ...triggersOf(signal)];
    const rung = Math.min(Math.floor(height), 4);
    const next = ladder[rung + 1] ?? ladder[rung]! * 1.2;
    return { ...IDLE, [signal]: ladder[rung]! + (next - ladder[rung]!) * (height - rung) };
  });

/** Runs of the same sample, so that both rises and long calms come about. */
const course = fc
  .array(
    fc.tuple(fc.oneof({ weight: 2, arbitrary: sample }, { weight: 1, arbitrary: fc.constant(IDLE) }), fc.integer({ min: 1, max: 45 })),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((runs) => runs.flatMap(([each, seconds]) => Array.from({ length: seconds }, () => each)));

function run(samples: readonly PressureSample[]) {
  const clock = new SimulatedClock();
  const actor = createActor(pressureMachine, { input: { options: PRESSURE_DEFAULTS, now: () => clock.now() }, clock });
  const changes: PressureChange[] = [];
  const levels: number[] = [];
  actor.on('level.changed', (change) => changes.push(change));
  actor.start();
  for (const each of samples) {
    clock.increment(1_000);
    actor.send({ type: 'sample', sample: each });
    levels.push(actor.getSnapshot().context.level);
  }
  actor.stop();
  return { changes, levels };
}

/** Whether a sample has a signal above the trigger of a level (1 to 4). */
const exceeds = (each: PressureSample, level: number): boolean => SIGNALS.some((signal) => each[signal] > triggersOf(signal)[level - 1]!);
const isCalm = (each: PressureSample, level: number): boolean =>
  SIGNALS.every((signal) => each[signal] < triggersOf(signal)[level - 1]! * fallBelowPart);

describe('levels of pressure, whatever is sampled', () => {
  it('are those that the whole history calls for, each change for a reason that holds', () => {
    fc.assert(
      fc.property(course, (samples) => {
        const { changes, levels } = run(samples);
        for (const [index, level] of levels.entries()) {
          const before = levels[index - 1] ?? 0;
          const recent = samples.slice(Math.max(0, index + 1 - riseSamples), index + 1);
          const called = (wanted: number): boolean => recent.length === riseSamples && recent.every((each) => exceeds(each, wanted));
          if (level > before) {
            expect(called(level)).toBe(true);
            if (level < 4) expect(called(level + 1)).toBe(false);
          } else {
            for (let higher = before + 1; higher <= 4; higher++) expect(called(higher)).toBe(false);
            if (level < before) {
              expect(level).toBe(before - 1);
              const calm = samples.slice(index - fallAfterMs / 1_000, index + 1);
              expect(calm).toHaveLength(fallAfterMs / 1_000 + 1);
              for (const each of calm) expect(isCalm(each, before)).toBe(true);
            }
          }
        }
        expect(changes.map(({ to }) => to)).toEqual(levels.filter((level, index) => level !== (levels[index - 1] ?? 0)));
        for (const { from, to, cause, atMs } of changes) {
          const value = samples[atMs / 1_000 - 1]![cause.signal];
          expect(cause.value).toBe(value);
          if (to > from) expect(value).toBeGreaterThan(cause.threshold);
          else expect(value).toBeLessThan(cause.threshold);
        }
      }),
    );
  });

  it('do not flap: between any change and a fall lie 30 s, however samples swing', () => {
    const swing = fc.tuple(fc.array(sample, { minLength: 2, maxLength: 8 }), fc.integer({ min: 1, max: 29 }));
    fc.assert(
      fc.property(swing, ([each, seconds]) => {
        const samples: PressureSample[] = [];
        while (samples.length < 600) for (const one of each) for (let second = 0; second < seconds; second++) samples.push(one);
        const { changes } = run(samples);
        for (const [index, { from, to, atMs }] of changes.entries()) {
          const previous = changes[index - 1];
          if (to < from) expect(atMs - previous!.atMs).toBeGreaterThanOrEqual(fallAfterMs);
        }
        // Up and down again takes the way up, and never more than one level per 30 s on the way down.
        const falls = changes.filter(({ from, to }) => to < from).length;
        expect(falls).toBeLessThanOrEqual(samples.length / (fallAfterMs / 1_000));
      }),
    );
  });

  it('are back at 0 after 30 s per level, whatever came before', () => {
    fc.assert(
      fc.property(course, (samples) => {
        const before = run(samples).levels.at(-1)!;
        const calm = Array.from({ length: (before * fallAfterMs) / 1_000 + 1 }, () => IDLE);
        expect(run([...samples, ...calm]).levels.at(-1)).toBe(0);
      }),
    );
  });

  it('stay where they are while a signal swings between its trigger and half of it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SIGNALS),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.double({ min: 0.5, max: 1, noNaN: true }), { minLength: 60, maxLength: 300 }),
        (signal, level, parts) => {
          const trigger = triggersOf(signal)[level - 1]!;
          const up = { ...IDLE, [signal]: trigger * 1.0001 };
          const { changes } = run([up, up, ...parts.map((part) => ({ ...IDLE, [signal]: trigger * part }))]);
          expect(changes.map(({ to }) => to)).toEqual([level]);
        },
      ),
    );
  });
});
