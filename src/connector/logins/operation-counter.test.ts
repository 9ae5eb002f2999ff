import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { phraseRefusal, Refusals } from '../../protocols/postgres/refusal.ts';
import { SEARCH_PATH_QUERY } from '../../protocols/postgres/search-path-query.ts';
import { encodeCopyData } from '../../wire/postgres/copy-data.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
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

const REFUSAL = phraseRefusal({ kind: 'deny', policyId: 'p', reason: 'r' });

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

  it('counts no question that every gateway asks, but all others of its length', () => {
    for (let cut = 0; cut <= SEARCH_PATH_QUERY.length; cut++) {
      const pieces = [SEARCH_PATH_QUERY.subarray(0, cut), SEARCH_PATH_QUERY.subarray(cut)];
      assert.equal(count(...pieces, SENT), 2);
    }
    for (let at = 5; at < SEARCH_PATH_QUERY.length; at++) {
      const other = Buffer.from(SEARCH_PATH_QUERY);
      other[at] = (other[at] ?? 0) ^ 1;
      assert.equal(count(other.subarray(0, at), other.subarray(at), SENT), 3);
    }
  });

  it('counts nothing that stands in the place of what was refused, but all that only looks so', () => {
    const refused = new Refusals().refuse('query', REFUSAL);
    for (let cut = 0; cut <= refused.length; cut++) {
      assert.equal(count(refused.subarray(0, cut), refused.subarray(cut), SENT), 2);
    }
    const text = refused.toString('latin1', MESSAGE_HEADER_BYTES, refused.length - 1);
    const edges = [`${text};`, `${text} `, ` ${text}`, `${text}\n`, text.slice(1)];
    const run = [`${text};delete from patients`, `delete from patients--${text}`, ''];
    const names = [text.toUpperCase(), `${text.slice(0, -1)}x`, `select ${text}`];
    for (const other of [...edges, ...run, ...names]) {
      assert.equal(count(encodeQuery(other), SENT), 3, other);
    }
  });

  it('counts a query when the last of it comes', () => {
    const query = encodeQuery('delete from patients');
    assert.equal(count(query.subarray(0, -1)), 0);
    assert.equal(count(query), 1);
  });

  it('takes no message of an impossible length', () => {
    for (const bytes of ['5100000003', '5100000000', '51ffffffff', '517fffffff']) {
      assert.throws(() => count(Buffer.from(bytes, 'hex')), ProtocolError);
    }
  });
});
