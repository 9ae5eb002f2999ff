import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OPERATION } from '../../access/request.fixture.ts';
import { noticeOf } from './channel.fixture.ts';
import { describeCard } from './teams-channel.ts';

/** Teams refuses larger messages with 413. */
const TEAMS_BYTES_MAX = 28 * 1024;

describe('describeCard', () => {
  it('is never larger than Teams takes, whatever people wrote', () => {
    for (const character of ['x', '_', '"', '\u{1f600}', '\u0001', '\u{202e}', 'ж']) {
      const long = character.repeat(2_000 / character.length);
      const notice = {
        ...noticeOf(),
        title: long,
        reason: long,
        justification: long,
        statement: long,
        reviewers: long.repeat(5),
        classesTouched: Array.from({ length: 500 }, () => 'us-social-security-number'),
        reviews: Array.from({ length: 40 }, () => ({
          ...{ reviewer: long, verdict: 'approve' as const, comment: long },
        })),
      };
      const bytes = Buffer.byteLength(JSON.stringify(describeCard(notice)));
      assert.ok(bytes < TEAMS_BYTES_MAX, `${JSON.stringify(character)}: ${bytes} bytes`);
    }
  });

  it('shows all of what is small enough', () => {
    const justification = `${'x'.repeat(1_900)} to its end`;
    const card = JSON.stringify(describeCard(noticeOf({ ...OPERATION, justification })));
    assert.ok(card.includes('to its end'));
  });
});
