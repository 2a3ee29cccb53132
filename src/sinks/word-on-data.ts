import { ClickHouseError } from '@clickhouse/client';
import { batchToken } from './encode-batch.js';
import type { Batch } from '../domain/ports/sink.js';

/**
 * Codes by which ClickHouse says that a value of a batch cannot be parsed, does not have the type of its column, or does not fit it. Any
 * other code says nothing about the data: it is about the server, its disk, its permissions or the network, and is temporary.
 */
const DATA_CODES = new Set([
  '6', // CANNOT_PARSE_TEXT
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '130', // CANNOT_READ_ARRAY_FROM_TEXT
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '407', // DECIMAL_OVERFLOW
  '469', // VIOLATED_CONSTRAINT
  '691', // UNKNOWN_ELEMENT_OF_ENUM
]);

/** Codes of a broken batch or a damaged disk: bytes that end too early, do not match their checksum, or make no sense. */
const SHARED_CODES = new Set([
  '32', // ATTEMPT_TO_READ_AFTER_EOF
  '33', // CANNOT_READ_ALL_DATA
  '40', // CHECKSUM_DOESNT_MATCH
  '117', // INCORRECT_DATA
]);

/** How ClickHouse says that it was reading the rows sent to it, not a file of its own. */
const WHILE_READING_INPUT = /While executing \w*InputFormat/;

/** How it says that the data sent to it ended too early. */
const ENDED_EARLY = /eof\b|end of (stream|file)|is empty|cannot read all|expected closing/i;

/**
 * What an error says of a batch: `bad`, that it cannot be stored as it is; `cut`, the same of bytes that may have been cut on their way;
 * `none`, nothing.
 */
export type WordOnData = 'bad' | 'cut' | 'none';

/**
 * What an error of a write says of the batch itself. A code that damaged disks share counts only where the bytes are to blame for sure: the store says
 * that it was reading them, or their own checksum no longer matches here.
 */
export function wordOnData(thrown: unknown, batch: Batch): WordOnData {
  if (!(thrown instanceof ClickHouseError)) return 'none';
  const isShared = SHARED_CODES.has(thrown.code);
  if (!isShared && !DATA_CODES.has(thrown.code)) return 'none';
  if (isShared && batchToken(batch.bytes) !== batch.token) return 'bad';
  if (isShared && !WHILE_READING_INPUT.test(thrown.message)) return 'none';
  return ENDED_EARLY.test(thrown.message) ? 'cut' : 'bad';
}
