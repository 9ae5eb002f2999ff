import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createFakeServices, createPrincipal } from '../../test/control-plane/fake-services.ts';
import type { Answer } from './answer.ts';
import { handleExplain } from './explain-handler.ts';
import type { SignedInCall } from './handler.ts';

function callOf(name: string): SignedInCall {
  return {
    principal: createPrincipal(name),
    signIn: undefined,
    path: { name: 'hospital' },
    query: undefined,
    json: { sql: 'TABLE patients' },
    form: new URLSearchParams(),
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    isStillSignedIn: async () => true,
  };
}

describe('handleExplain', () => {
  it('leaves places for others, however much one asks while a target does not answer', async () => {
    const target = Promise.withResolvers<undefined>();
    const services = createFakeServices({ explain: () => target.promise });
    const explanations = { askers: [] };
    const ask = (name: string): Promise<Answer> =>
      handleExplain(services, explanations, callOf(name));
    const hers = Array.from({ length: 12 }, () => ask('mallory'));
    const others = ['officer', 'petra'].map(ask);
    await setImmediate();
    target.resolve(undefined);
    const codes = (answers: readonly Answer[]): readonly string[] =>
      answers.map((answer) => (answer.kind === 'problem' ? answer.problem.code : answer.kind));
    assert.deepEqual(codes(await Promise.all(others)), ['not-found', 'not-found']);
    const refused = codes(await Promise.all(hers)).filter((code) => code === 'too-many-requests');
    assert.equal(refused.length, 9);
    assert.deepEqual(explanations.askers, []);
  });
});
