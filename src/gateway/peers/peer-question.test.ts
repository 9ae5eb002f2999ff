import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodePeerQuestion, encodePeerQuestion, type PeerQuestion } from './peer-question.ts';

const QUESTIONS: readonly PeerQuestion[] = [
  { kind: 'cancel', processId: -7, secretKey: Buffer.from([0, 255, 10, 13]) },
  { kind: 'guests', log: 'gw-1.0', question: { kind: 'hold', join: 'j', isHeld: true } },
  { kind: 'guests', log: 'gw-1.0', question: { kind: 'stay', join: 'j' } },
  { kind: 'logs' },
  { kind: 'checkpoints', log: 'gw-1.0', limit: 20 },
  {
    kind: 'entries',
    log: 'gw-1.0',
    query: { kind: 'result', session: undefined, beforeSeq: 7, limit: 50 },
  },
  { kind: 'proof', log: 'gw-1.0', index: 0 },
  { kind: 'content', log: 'gw-1.0', index: 3 },
  { kind: 'session-entries', session: 's' },
  { kind: 'playback', session: 's' },
  { kind: 'follow', session: 's' },
  { kind: 'raw-track', session: 's' },
  { kind: 'search', text: 'patients "4711"\n' },
  { kind: 'operations', last: 500 },
  { kind: 'ledger' },
  { kind: 'today' },
  { kind: 'disclosures', target: 'hospital', patient: '4711', sinceMs: undefined },
];

function decode(bytes: Buffer): PeerQuestion | undefined {
  try {
    return decodePeerQuestion(bytes);
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return undefined;
  }
}

describe('decodePeerQuestion', () => {
  for (const question of QUESTIONS) {
    it(`reads ${question.kind} as it was written, and nothing that was cut`, () => {
      const bytes = Buffer.from(encodePeerQuestion(question));
      assert.deepEqual(decode(bytes), question);
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(decode(bytes.subarray(0, length)), undefined);
      }
      assert.equal(decode(Buffer.concat([bytes, Buffer.from('}')])), undefined);
    });
  }

  it('takes no question with a member more, or one that is of another type', () => {
    for (const question of QUESTIONS) {
      const members = JSON.parse(encodePeerQuestion(question)) as Record<string, unknown>;
      assert.equal(decode(Buffer.from(JSON.stringify({ ...members, more: 1 }))), undefined);
      for (const name of Object.keys(members)) {
        const changed = { ...members, [name]: [[]] };
        assert.equal(decode(Buffer.from(JSON.stringify(changed))), undefined, name);
      }
    }
  });

  it('throws nothing but its own error at random bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        decode(Buffer.from(text));
      }),
    );
  });
});
