import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeCopyData } from '../../wire/postgres/copy-data.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { OperationCounter } from './operation-counter.ts';

function count(...pieces: readonly Buffer[]): number {
  let operations = 0;
  const counter = new OperationCounter(() => {
    operations += 1;
  });
  for (const piece of pieces) counter.push(piece);
  return operations;
}

/** Two operations; what is in a query or in copied data is no message. */
const SENT = Buffer.concat([
  encodeQuery(`select 'Q\u0001${'Q'.repeat(20)}'`),
  encodeCopyData(encodeQuery('select 1')),
  encodeExecute('', 0),
  encodeEmptyMessage('Sync'),
]);

describe('OperationCounter', () => {
  it('counts what runs something, wherever the bytes are cut', () => {
    for (let cut = 0; cut <= SENT.length; cut++) {
      assert.equal(count(SENT.subarray(0, cut), SENT.subarray(cut)), 2);
    }
    assert.equal(count(...[...SENT].map((byte) => Buffer.of(byte))), 2);
  });

  it('takes no message of an impossible length', () => {
    for (const bytes of ['5100000003', '5100000000', '51ffffffff', '517fffffff']) {
      assert.throws(() => count(Buffer.from(bytes, 'hex')), ProtocolError);
    }
  });
});
