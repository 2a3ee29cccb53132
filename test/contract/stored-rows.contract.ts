import { afterAll, beforeAll, describe } from 'vitest';
import { foldingContract } from './stored-rows/folding.contract.js';
import { insertsContract } from './stored-rows/inserts.contract.js';
import { readingContract } from './stored-rows/reading.contract.js';
import { resumingContract } from './stored-rows/resuming.contract.js';
import type { OpenedRows } from './stored-rows/rows.js';

/**
 * What whoever keeps rows has promised: the ClickHouse store does, and the store in memory that simulations run on. Each promise is
 * asked for an exchange of its own, so that one store serves them all.
 */
export function storedRowsContract(name: string, open: () => Promise<OpenedRows>): void {
  describe(`stored rows: ${name}`, () => {
    let rows: OpenedRows;
    let exchanges = 0;
    beforeAll(async () => {
      rows = await open();
    }, 60_000);
    afterAll(async () => {
      await rows.close();
    });
    const opened = (): OpenedRows => rows;
    const market = () => [`exchange${exchanges++}`, 'BTC-USDT'] as const;

    describe('inserts', () => insertsContract(opened, market));
    describe('folding', () => foldingContract(opened, market));
    describe('resuming', () => resumingContract(opened, market));
    describe('reading', () => readingContract(opened, market));
  });
}
