import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { VENUES } from '../../../src/exchanges/registry.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { venueBench } from '../../support/core/venue-bench.js';

const SECOND_NS = 1_000_000_000n;
const AT = 1_723_161_480n * SECOND_NS;

describe.each(VENUES.map((venue) => [venue.name, venue] as const))('rejects of one connection of %s', (_name, venue) => {
  it.each([
    ['empty frames', ''],
    ['frames that are cut off', '{"stream":"btcusdt@trade","data":{"e":"trade","E":1'],
    ['frames that look like objects', '{a}'],
  ])('are counted, and cost little, beyond those that are kept in a second: %s', (_what, text) => {
    const bench = venueBench(venue, ['BTC-USDT']);
    const bytes = bytesOf(text);
    const block = (receiveTime: bigint) => bench.decode(frameBlock(Array.from({ length: 2_048 }, () => ({ bytes, receiveTime }))));
    const countOf = ({ rejects, moreRejects }: ReturnType<typeof block>): [kept: number, counted: number] => [
      rejects.length,
      moreRejects?.get('malformed_json') ?? 0,
    ];
    expect(countOf(block(AT))).toEqual([2_000, 48]);
    expect(countOf(block(AT))).toEqual([0, 2_048]);
    const began = process.cpuUsage();
    for (let round = 0; round < 50; round++) expect(countOf(block(AT + 1n))).toEqual([0, 2_048]);
    const { user, system } = process.cpuUsage(began);
    // A hundred thousand frames, us of the processor: 15 for each would be those of an error with its stack.
    expect(user + system).toBeLessThan(1_000_000);
    expect(countOf(block(AT + SECOND_NS))).toEqual([2_000, 48]);
  });

  it('are still told apart from valid frames in between', () => {
    const bench = venueBench(venue, ['BTC-USDT']);
    const garbage = Array.from({ length: 3_000 }, () => ({ bytes: bytesOf(''), receiveTime: AT }));
    expect(bench.decode(frameBlock(garbage)).rejects).toHaveLength(2_000);
    const other = {
      bytes: bytesOf(' {"result":null,"id":1,"method":"subscribe","success":true,"req_id":1,"channel":"subscriptions","events":[]}\n'),
      receiveTime: AT,
    };
    const { controls, ignored, moreRejects } = bench.decode(frameBlock([...garbage, other]));
    expect(moreRejects?.get('malformed_json')).toBe(3_000);
    expect(controls.length + ignored).toBeGreaterThanOrEqual(venue.name === 'coinbase' ? 0 : 1);
  });
});
