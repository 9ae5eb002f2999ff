import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { findRecipientProblems } from './find-recipient-problems.ts';

describe('findRecipientProblems', () => {
  it('finds a recipient of which a letter is wrong or missing', async () => {
    const recipient = await identityToRecipient(await generateX25519Identity());
    const wrong = recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    const problems = findRecipientProblems([recipient, wrong, recipient.slice(0, -1)]);
    assert.deepEqual(
      problems.map(({ message }) => /\[\d\]/.exec(message)?.[0]),
      ['[1]', '[2]'],
    );
  });
});
