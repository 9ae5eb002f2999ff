import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BREAK_GLASS, OPERATION } from '../../access/request.fixture.ts';
import { noticeOf } from './channel.fixture.ts';
import { describeMail } from './email-channel.ts';
import { composeNotice } from './notice.ts';
import { describeSlackMessage } from './slack-message.ts';
import { describeCard } from './teams-channel.ts';

describe('composeNotice', () => {
  it('hides every value of the statement, in every message', () => {
    const notice = noticeOf();
    assert.equal(notice.statement, "SELECT * FROM patients WHERE last_name = '•••'");
    const messages = [
      notice,
      describeMail(notice),
      describeCard(notice),
      describeSlackMessage(notice),
    ];
    for (const message of messages) {
      assert.doesNotMatch(JSON.stringify(message), /Okafor|\b42\b/);
    }
  });

  it('leads to the request, where a console is configured', () => {
    assert.equal(noticeOf().url, 'https://sallyport.hospital.example/requests/req_1');
    assert.equal(composeNotice(OPERATION, 'opened', undefined).url, undefined);
  });

  it('says in one line what happened', () => {
    assert.equal(noticeOf().title, 'Review needed: Bob: sql.select on hospital');
    const rejected = { ...OPERATION, state: 'rejected' as const };
    assert.equal(noticeOf(rejected, 'ended').title, 'Rejected: Bob: sql.select on hospital');
    assert.equal(
      noticeOf(BREAK_GLASS, 'alert').title,
      'Break-glass: Bob: grant on-call for 1 h on hospital',
    );
  });

  it('marks what could be mistaken for something else', () => {
    const operation = { ...OPERATION.operation, text: 'TABLE p\u0430tients', literals: [] };
    const { statement } = noticeOf({ ...OPERATION, operation });
    assert.equal(statement, 'TABLE p\u0430⟨U+0430⟩tients');
  });

  it('shows what would not be seen', () => {
    const text = 'TABLE\u00a0patients\u202e';
    const operation = { ...OPERATION.operation, text, literals: [] };
    assert.equal(noticeOf({ ...OPERATION, operation }).statement, 'TABLE\\u{a0}patients\\u{202e}');
  });

  it('cuts a long statement', () => {
    const operation = { ...OPERATION.operation, text: 'SELECT 1 '.repeat(1_000), literals: [] };
    const { statement = '' } = noticeOf({ ...OPERATION, operation });
    assert.ok(statement.length < 1_600);
    assert.ok(statement.endsWith('…'));
  });
});

describe('messages to channels', () => {
  const hostile = {
    ...OPERATION,
    requester: { ...OPERATION.requester, name: '<!channel> *[Approve](https://evil.example)*' },
  };

  it('let nobody mention, link or emphasise by their name', () => {
    const slack = describeSlackMessage(noticeOf(hostile));
    assert.doesNotMatch(slack.text, /<!channel>/);
    for (const { text } of slack.blocks as readonly { text?: { type: string } }[]) {
      if (text !== undefined) assert.equal(text.type, 'plain_text');
    }
    const card = JSON.stringify(describeCard(noticeOf(hostile)));
    assert.doesNotMatch(card, /[^\\]\]\(https/);
  });

  it('have no button to approve what they do not show to its end', () => {
    const shown = { ...OPERATION.operation, text: 'TABLE patients', literals: [], parameters: [] };
    const messageOf = (operation: typeof OPERATION.operation): string =>
      JSON.stringify(describeSlackMessage(noticeOf({ ...OPERATION, operation })));
    assert.match(messageOf(shown), /sallyport-approve/);
    for (const operation of [
      { ...shown, text: 'TABLE patients;'.repeat(200) },
      { ...shown, parameters: OPERATION.operation.parameters },
      OPERATION.operation,
    ]) {
      assert.doesNotMatch(messageOf(operation), /sallyport-approve/);
      assert.match(messageOf(operation), /sallyport-reject/);
    }
  });

  it('have buttons while the request waits, and none after', () => {
    const kinds = (request = OPERATION as Parameters<typeof noticeOf>[0]): readonly unknown[] =>
      describeSlackMessage(noticeOf(request)).blocks.map(({ type }) => type);
    assert.ok(kinds().includes('actions'));
    assert.ok(!kinds({ ...OPERATION, state: 'expired' }).includes('actions'));
  });
});
