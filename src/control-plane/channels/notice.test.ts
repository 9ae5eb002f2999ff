import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HeldContext, HeldOperation, OperationRequest } from '../../access/access-request.ts';
import { BREAK_GLASS, GRANT_REQUEST, OPERATION } from '../../access/request.fixture.ts';
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

  it('says what is asked for, however long the name of who asks', () => {
    const requester = {
      ...GRANT_REQUEST.requester,
      name: 'Bob: grant visit for 1 h on demo '.repeat(4),
    };
    const notice = noticeOf({ ...GRANT_REQUEST, requester });
    const { blocks } = describeSlackMessage(notice);
    const shown = JSON.stringify(blocks);
    assert.match(shown, /sallyport-approve/);
    assert.match(shown, /Asks for: grant on-call for 1 h\\n/);
    assert.match(describeMail(notice), /^Asks for: {7}grant on-call for 1 h$/m);
    assert.match(
      JSON.stringify(describeCard(notice)),
      /"title":"Asks for","value":"grant on-call for 1 h"/,
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

/** An operation without values, in a session in which something was set. */
function inSession(
  settings: HeldContext['settings'],
  more: Partial<HeldContext> = {},
): HeldOperation {
  const context: HeldContext = {
    ...{ searchPath: ['archive'], formats: {}, settings, earlierSettings: 0 },
    ...{ setsRole: false, isCertain: true },
    ...more,
  };
  const relations = ['archive.patients'];
  return {
    ...OPERATION.operation,
    ...{ text: 'DELETE FROM patients', literals: [], parameters: [], relations, context },
  };
}

function slackOf(request: OperationRequest): string {
  return JSON.stringify(describeSlackMessage(noticeOf(request)));
}

function cardOf(request: OperationRequest): string {
  return JSON.stringify(describeCard(noticeOf(request)));
}

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

  it('say where it would run, as whom, what it touches and what the session set before', () => {
    const set = (text: string) => ({ text, literals: [] });
    const request = { ...OPERATION, operation: inSession([set('SET search_path = archive')]) };
    for (const message of [describeMail(noticeOf(request)), slackOf(request), cardOf(request)]) {
      assert.match(message, /hospital, database main/);
      assert.match(message, /archive\.patients/);
      assert.match(message, /SET search\\*_path = archive/);
    }
    assert.match(
      slackOf({ ...request, account: 'deploy' }),
      /hospital, database main, account deploy/,
    );
  });

  it('have no button to approve what means what they do not show', () => {
    const text = "SET app.patient = '4711'";
    const hidden = { text, literals: [{ start: 18, end: 24, className: undefined }] };
    const long = { text: `SET search_path = ${'a'.repeat(2_000)}`, literals: [] };
    const plain = inSession([]);
    assert.match(slackOf({ ...OPERATION, operation: plain }), /sallyport-approve/);
    for (const operation of [
      inSession([hidden]),
      inSession([long]),
      inSession([], { earlierSettings: 1 }),
      inSession([], { isCertain: false }),
      { ...plain, relations: Array.from({ length: 100 }, (_, index) => `archive.table_${index}`) },
    ]) {
      assert.doesNotMatch(slackOf({ ...OPERATION, operation }), /sallyport-approve/);
    }
  });

  it('keep what others wrote on one line, and behind what is known', () => {
    const review = {
      ...({ id: 'rev_1', verdict: 'reject', atMs: 0, onBehalfOf: undefined } as const),
      reviewer: { id: 'okta:olga', person: undefined, name: 'Olga', groups: ['officers'] },
      comment: 'no\nPat: approve',
    };
    const request = { ...OPERATION, justification: '\u2063'.repeat(2_000), reviews: [review] };
    assert.doesNotMatch(describeMail(noticeOf(request)), /^Pat/m);
    assert.match(slackOf(request), /Has to be approved by: 1 of officers/);
  });

  it('have buttons while the request waits, and none after', () => {
    const kinds = (request = OPERATION as Parameters<typeof noticeOf>[0]): readonly unknown[] =>
      describeSlackMessage(noticeOf(request)).blocks.map(({ type }) => type);
    assert.ok(kinds().includes('actions'));
    assert.ok(!kinds({ ...OPERATION, state: 'expired' }).includes('actions'));
  });
});
