import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** `failed`: a transaction that refuses everything until it is rolled back. */
export type TransactionStatus = 'idle' | 'transaction' | 'failed';

export interface ReadyForQuery {
  readonly type: 'ReadyForQuery';
  readonly transactionStatus: TransactionStatus;
}

const IDLE = 0x49; // I
const TRANSACTION = 0x54; // T
const FAILED = 0x45; // E

/** Decodes the body of a `ReadyForQuery` (`Z`) message. */
export function decodeReadyForQuery(body: Buffer): ReadyForQuery {
  const reader = new ByteReader(body, 'ReadyForQuery');
  const transactionStatus = readTransactionStatus(reader);
  reader.expectEnd();
  return { type: 'ReadyForQuery', transactionStatus };
}

function readTransactionStatus(reader: ByteReader): TransactionStatus {
  switch (reader.byte()) {
    case IDLE:
      return 'idle';
    case TRANSACTION:
      return 'transaction';
    case FAILED:
      return 'failed';
  }
  throw reader.error('unknown transaction status');
}

/** Encodes a whole `ReadyForQuery` (`Z`) message. */
export function encodeReadyForQuery(transactionStatus: TransactionStatus): Buffer {
  const byte = { idle: IDLE, transaction: TRANSACTION, failed: FAILED }[transactionStatus];
  return finishMessage(startMessage(BackendType.ReadyForQuery).byte(byte));
}
