import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Facts } from '../../policy/operation.ts';
import { decodeErrorResponse, encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { decodeParse } from '../../wire/postgres/parse.ts';
import { decodeQuery } from '../../wire/postgres/query.ts';
import { phraseRefusal, Refusals } from './refusal.ts';

const refused = (message: string) => ({ severity: 'ERROR', sqlState: '42501', message }) as const;

/** What a server says to the message that stands in for a refused one. */
function answerTo(standIn: Buffer): Buffer {
  const body = standIn.subarray(5);
  const { text } = standIn[0] === 0x51 ? decodeQuery(body) : decodeParse(body);
  const message = `syntax error at or near "${text}"`;
  return encodeErrorResponse({ severity: 'ERROR', sqlState: '42601', message });
}

function messageOf(error: Buffer | undefined): string | undefined {
  return error === undefined ? undefined : decodeErrorResponse(error.subarray(5)).fields.get('M');
}

describe('Refusals', () => {
  it("puts the refusal in the place of the server's error, in either protocol", () => {
    const refusals = new Refusals();
    const [query, parse] = [
      refusals.refuse('query', refused('q')),
      refusals.refuse('parse', refused('p')),
    ];
    assert.equal(messageOf(refusals.translate(answerTo(query))), 'q');
    assert.equal(messageOf(refusals.translate(answerTo(parse))), 'p');
    assert.equal(refusals.isExpecting, false);
  });

  it("leaves other errors alone, also those of another session's refusals", () => {
    const refusals = new Refusals();
    refusals.refuse('query', refused('q'));
    const other = new Refusals().refuse('query', refused('other'));
    assert.equal(refusals.translate(answerTo(other)), undefined);
    assert.equal(refusals.isExpecting, true);
  });

  it('tells the tenth from the first', () => {
    const refusals = new Refusals();
    const all = Array.from({ length: 12 }, (_, index) =>
      refusals.refuse('query', refused(`${index}`)),
    );
    for (const [index, one] of all.entries()) {
      assert.equal(messageOf(refusals.translate(answerTo(one))), `${index}`);
    }
  });

  it('forgets those that the server skipped, so that they cost nothing', () => {
    const refusals = new Refusals();
    for (let count = 0; count < 20_000; count++) refusals.refuse('parse', refused('skipped'));
    const last = refusals.refuse('parse', refused('last'));
    assert.equal(messageOf(refusals.translate(answerTo(last))), 'last');
    assert.equal(refusals.isExpecting, false);
  });

  it('keeps no more than can be in flight, however many the server skips', () => {
    const refusals = new Refusals();
    const first = refusals.refuse('parse', refused('skipped'));
    const all = Array.from({ length: 30_000 }, (_, index) =>
      refusals.refuse('parse', refused(`${index}`)),
    );
    assert.equal(refusals.translate(answerTo(first)), undefined);
    const inFlight = all.slice(-10_000);
    for (const one of inFlight) assert.ok(refusals.translate(answerTo(one)));
    assert.equal(refusals.isExpecting, false);
  });

  it('fits an identifier, which the server would otherwise cut', () => {
    const refusals = new Refusals();
    for (let count = 0; count < 100_000; count++) refusals.refuse('query', refused('many'));
    const { text } = decodeQuery(refusals.refuse('query', refused('last')).subarray(5));
    assert.match(text, /^[a-z_0-9]{1,63}$/);
  });
});

describe('phraseRefusal', () => {
  it('names the policy, the reason and the way on', () => {
    const denied = phraseRefusal({ kind: 'deny', policyId: 'p', reason: 'because' });
    assert.equal(denied.sqlState, '42501');
    assert.match(denied.message, /"p".*because/);
    const held = phraseRefusal({
      kind: 'review',
      policyIds: ['r'],
      rules: [{ groups: ['g'], quorum: 2 }],
      groups: ['g'],
      quorum: 2,
      at: 'statement',
      reason: 'x',
    });
    assert.match(held.hint ?? '', /2 of g/);
  });

  it('says which action was asked about, on what', () => {
    const detailOf = (facts: Facts): string | undefined =>
      phraseRefusal({
        kind: 'deny',
        policyId: undefined,
        reason: 'r',
        asked: { action: 'sql.delete', facts },
      }).detail;
    const relations = ['a.b', 'c.d'];
    assert.equal(
      detailOf({ relations, writes: ['a.b'], reads: relations, objects: ['a.b'], bulk: true }),
      'Policies were asked about sql.delete; writes a.b; reads a.b, c.d; bulk.',
    );
    assert.equal(
      detailOf({ relations: [], objects: ['work_mem'], opaque: false }),
      'Policies were asked about sql.delete; objects work_mem.',
    );
    const many = Array.from({ length: 12 }, (_, index) => `t${index}`);
    assert.match(detailOf({ relations: many, reads: many }) ?? '', /t8, t9, and 2 more\.$/);
    assert.equal(detailOf({}), 'Policies were asked about sql.delete.');
  });
});
