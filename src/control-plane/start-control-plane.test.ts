import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { connect } from 'node:tls';
import {
  type CallAnswer,
  type CallOptions,
  callControlPlane,
} from '../../test/control-plane/call-control-plane.ts';
import {
  createFakeServices,
  createPrincipal,
  type FakeServices,
  findToken,
  T0,
} from '../../test/control-plane/fake-services.ts';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../test/control-plane/start-fake-control-plane.ts';
import { EXPLAIN_BYTES_MAX, explanationSchema } from '../api/explanation.ts';
import { playbackEventSchema } from '../api/playback-event.ts';
import type { SessionList } from '../api/session.ts';
import type { TargetList } from '../api/target.ts';
import type { TokenAnswer } from '../api/token.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';

const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: 'alice-token',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
};

let fake: FakeControlPlane;
let services: FakeServices;

const call = (method: string, path: string, options?: CallOptions): Promise<CallAnswer> =>
  callControlPlane(fake, method, path, options);

/** Each test has services of its own behind the one server. */
function replaceServices(overrides: Parameters<typeof createFakeServices>[0] = {}): void {
  services = createFakeServices(overrides);
  fake.services = services;
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    fake = await startFakeControlPlane();
  });
  beforeEach(() => {
    replaceServices();
  });
  after(() => fake[Symbol.asyncDispose]());
}

describe('whoami and targets', () => {
  prepareTests();

  it('says whom the gateway takes the asker for', async () => {
    const { text } = await call('GET', '/v1/whoami', { authorization: ['Bearer alice-token'] });
    assert.deepEqual(JSON.parse(text), {
      id: 'idp:alice',
      name: 'alice@example.test',
      kind: 'person',
      provider: 'idp',
      groups: ['staff'],
      signIn: 'oidc-token',
      expiresAt: new Date(T0 + 600_000).toISOString(),
      permitted: [
        'alert.close',
        'audit.read',
        'configuration.change',
        'overview.read',
        'people.read',
        'policy.read',
        'policy.test',
        'retention.hold',
      ],
    });
  });

  it('lists only targets that policy lets the asker connect to, without address or credential', async () => {
    services.allow = ({ action, ...rest }) =>
      action === 'connect' && 'target' in rest && rest.target === 'hospital';
    const { text } = await call('GET', '/v1/targets', { authorization: ['Bearer alice-token'] });
    const names = (JSON.parse(text) as TargetList).targets.map(({ name }) => name);
    assert.deepEqual(names, ['hospital']);
    assert.doesNotMatch(text, /secret/);
  });
});

describe('sessions', () => {
  prepareTests();

  const asAlice = { authorization: ['Bearer alice-token'] };

  it('are listed as policy decides each of them', async () => {
    services.allow = (question) => 'owner' in question && question.owner === 'idp:alice';
    const { text } = await call('GET', '/v1/sessions', asAlice);
    assert.deepEqual(
      (JSON.parse(text) as SessionList).sessions.map(({ id }) => id),
      ['s-alice'],
    );
  });

  it('are narrowed down by filters', async () => {
    const path = '/v1/sessions?mine=true&limit=20&target=hospital&since=2026-01-01T00:00:00Z';
    const { status, text } = await call('GET', path, asAlice);
    assert.equal(status, 200);
    assert.deepEqual(
      (JSON.parse(text) as SessionList).sessions.map(({ id }) => id),
      ['s-alice'],
    );
  });

  it('are not listed by a misspelt filter', async () => {
    const { status, text } = await call('GET', '/v1/sessions?principle=idp:bob', asAlice);
    assert.equal(status, 400);
    assert.match(text, /principle/);
  });

  it('are not found when there is none, and decided by their own target and owner otherwise', async () => {
    assert.equal((await call('GET', '/v1/sessions/unknown', asAlice)).status, 404);
    assert.equal((await call('GET', '/v1/sessions/s-bob', asAlice)).status, 200);
    assert.deepEqual(
      services.questions.map((question) => ({ ...question, principal: question.principal.id })),
      [{ action: 'session.list', principal: 'idp:alice', target: 'hospital', owner: 'idp:bob' }],
    );
  });

  it('play their recording, sealed first', async () => {
    const { status, text, headers } = await call('GET', '/v1/sessions/s-bob/recording', asAlice);
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/x-ndjson/);
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => playbackEventSchema.parse(JSON.parse(line)));
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['statement', 'columns', 'row', 'row', 'done'],
    );
    assert.deepEqual(services.entries, [
      {
        kind: 'recording.watch',
        principal: 'idp:alice',
        watched: 's-bob',
        owner: 'idp:bob',
        target: 'hospital',
        client: '127.0.0.1',
      },
    ]);
  });

  it('are not played when that cannot be sealed', async () => {
    services.ledgerWorks = false;
    const { status, text } = await call('GET', '/v1/sessions/s-bob/recording', asAlice);
    assert.equal(status, 503);
    assert.doesNotMatch(text, /Ada|disk/);
  });

  it('say so when nothing was recorded', async () => {
    const { status } = await call('GET', '/v1/sessions/s-unrecorded/recording', asAlice);
    assert.equal(status, 404);
  });

  it('break the connection when a recording turns out damaged, so that it does not look whole', async () => {
    replaceServices({
      playback: async function* () {
        yield { kind: 'done', atMs: 0, tag: 'SELECT 1' };
        throw new Error('chunk 2 was changed');
      },
    });
    await assert.rejects(call('GET', '/v1/sessions/s-bob/recording', asAlice), {
      code: 'ECONNRESET',
    });
  });
});

describe('tokens', () => {
  prepareTests();

  it('are issued in exchange, sealed first, and revoked by whoever has them', async () => {
    const issued = await call('POST', '/oauth2/token', { form: EXCHANGE });
    assert.equal(issued.status, 200);
    const { access_token: token, expires_in: expiresIn } = JSON.parse(issued.text) as TokenAnswer;
    assert.equal(expiresIn, 600);
    const record = await findToken(services, token);
    assert.equal(record?.principal.id, 'idp:alice');

    const revoked = await call('POST', '/oauth2/revoke', { form: { token } });
    assert.equal(revoked.status, 200);
    assert.equal((await findToken(services, token))?.revokedAtMs, T0);
    assert.deepEqual(
      services.entries.map(({ kind, token: id }) => ({ kind, id })),
      [
        { kind: 'token.issue', id: record?.id },
        { kind: 'token.revoke', id: record?.id },
      ],
    );
    assert.ok(!JSON.stringify(services.entries).includes(token));
  });

  it('are not issued when policy denies it', async () => {
    services.allow = () => false;
    const { status, text } = await call('POST', '/oauth2/token', { form: EXCHANGE });
    assert.equal(status, 403);
    assert.equal((JSON.parse(text) as { error: unknown }).error, 'access_denied');
    assert.deepEqual(await services.tokens.list('idp:alice'), []);
  });

  it('are not issued when that cannot be sealed', async () => {
    services.ledgerWorks = false;
    const { status } = await call('POST', '/oauth2/token', { form: EXCHANGE });
    assert.equal(status, 503);
    assert.deepEqual(await services.tokens.list('idp:alice'), []);
  });

  it('tell nothing about why a subject token is not accepted', async () => {
    const form = { ...EXCHANGE, subject_token: 'forged' };
    const { status, text } = await call('POST', '/oauth2/token', { form });
    assert.equal(status, 400);
    assert.doesNotMatch(text, /signature|forged/);
    assert.deepEqual(
      services.entries.map(({ kind, reason }) => ({ kind, reason })),
      [{ kind: 'sign-in.refuse', reason: 'bad-signature' }],
    );
  });

  it('that are unknown are revoked like any other', async () => {
    const form = { token: `sp_${'A'.repeat(43)}` };
    assert.equal((await call('POST', '/oauth2/revoke', { form })).status, 200);
    assert.deepEqual(services.entries, []);
  });
});

describe('explaining a statement', () => {
  prepareTests();

  const path = '/v1/targets/hospital/explain';
  const asAlice = { authorization: ['Bearer alice-token'] };
  const ask = (body: unknown): Promise<CallAnswer> =>
    call('POST', path, { ...asAlice, json: JSON.stringify(body) });

  it('answers what the service says, and enters the asking without its constants', async () => {
    const sql = "SELECT 1 FROM patients WHERE ssn = '123-45-6789'";
    const { status, text } = await ask({ sql, database: 'archive' });
    assert.equal(status, 200);
    const explanation = explanationSchema.parse(JSON.parse(text));
    assert.equal(explanation.database, 'archive');
    assert.equal(explanation.statements[0]?.text, sql);
    assert.deepEqual(services.questions.at(-1), {
      action: 'connect',
      principal: createPrincipal('alice'),
      target: 'hospital',
      clientAddress: '127.0.0.1',
      database: 'archive',
    });
    const [entry] = services.entries;
    assert.equal(entry?.kind, 'explain');
    assert.deepEqual(entry?.['actions'], ['sql.select']);
    assert.doesNotMatch(JSON.stringify(services.entries), /123-45/);
  });

  it('is the same for a target that one may not connect to and for one that is not there', async () => {
    services.allow = () => false;
    const refused = await ask({ sql: 'SELECT 1' });
    replaceServices({ explain: async () => undefined, targets: () => [] });
    const missing = await ask({ sql: 'SELECT 1' });
    assert.equal(refused.status, 404);
    assert.deepEqual(refused.text, missing.text);
    assert.deepEqual(services.entries, []);
  });

  it('says what is wrong to whoever may connect to the target', async () => {
    replaceServices({ explain: async () => undefined });
    for (const [question, why] of [
      [{ sql: 'SELECT 1' }, /takes requests only/],
      [{ sql: 'SELECT 1', database: 'x' }, /no such database or account/],
    ] as const) {
      const { status, text } = await ask(question);
      assert.equal(status, 404);
      assert.match(text, why);
    }
  });

  it('takes exactly the fields of the contract', async () => {
    for (const body of [
      undefined,
      null,
      [],
      'SELECT 1',
      {},
      { sql: 1 },
      { sql: 'SELECT 1', extra: true },
      { sql: 'SELECT 1\0; DROP TABLE x' },
      { sql: '\ud800' },
      { sql: 'SELECT 1', database: '' },
      { sql: 'x'.repeat(60_001) },
    ]) {
      const { status } = await ask(body);
      assert.equal(status, 400, JSON.stringify(body)?.slice(0, 60));
    }
    const proto = await call('POST', path, { ...asAlice, json: '{"sql":"x","__proto__":{}}' });
    assert.equal(proto.status, 400);
  });

  it('takes JSON only, whole, and no more than fits', async () => {
    const form = await call('POST', path, { ...asAlice, form: { sql: 'SELECT 1' } });
    assert.equal(form.status, 400);
    for (const json of ['{"sql":', '', '{"sql":"a"}x', '['.repeat(50_000)]) {
      assert.equal((await call('POST', path, { ...asAlice, json })).status, 400, json.slice(0, 9));
    }
    assert.equal((await ask({ sql: 'x'.repeat(EXPLAIN_BYTES_MAX) })).status, 413);
  });

  it('does not happen without its entry', async () => {
    services.ledgerWorks = false;
    const { status, text } = await ask({ sql: 'SELECT 1' });
    assert.equal(status, 503);
    assert.doesNotMatch(text, /SELECT/);
  });

  it('says that the target cannot be read, and not why', async () => {
    replaceServices({
      explain: () => Promise.reject(new UpstreamError('ERR_UPSTREAM_LOGIN', 'secret-host says no')),
    });
    const { status, text } = await ask({ sql: 'SELECT 1' });
    assert.equal(status, 503);
    assert.doesNotMatch(text, /secret-host/);
  });

  it('is limited in number, so that nobody keeps the gateway busy with it', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let running = 0;
    const started = Promise.withResolvers<void>();
    replaceServices({
      explain: () => {
        running += 1;
        if (running === 3) started.resolve();
        return promise;
      },
    });
    const waiting = Array.from({ length: 3 }, () => ask({ sql: 'SELECT 1' }));
    await started.promise;
    assert.equal((await ask({ sql: 'SELECT 1' })).status, 429);
    resolve(undefined);
    for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 404);
    assert.equal((await ask({ sql: 'SELECT 1' })).status, 404);
  });
});

describe('limits', () => {
  prepareTests();

  it('refuse a body that is too large', async () => {
    const form = { ...EXCHANGE, subject_token: 'x'.repeat(100_000) };
    assert.equal((await call('POST', '/oauth2/token', { form })).status, 413);
  });

  it('refuse a body of another type', async () => {
    const { status } = await call('POST', '/oauth2/token', { json: '{"__proto__":{}}' });
    assert.equal(status, 400);
  });

  it('say nothing of what failed inside', async () => {
    replaceServices({
      sessions: {
        ...services.sessions,
        list: () => Promise.reject(new Error('relation "sessions" has (ssn)=(123-45-6789)')),
      },
    });
    const { status, text } = await call('GET', '/v1/sessions', {
      authorization: ['Bearer alice-token'],
    });
    assert.equal(status, 500);
    assert.doesNotMatch(text, /ssn|relation|\.ts/);
  });

  it('speak TLS only', async () => {
    const answer = await fetch(`http://127.0.0.1:${fake.controlPlane.address.port}/healthz`).catch(
      (error: Error) => error,
    );
    assert.ok(answer instanceof Error);
    const socket = connect({
      port: fake.controlPlane.address.port,
      host: '127.0.0.1',
      ca: fake.ca,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1.1',
    });
    await assert.rejects(once(socket, 'secureConnect'));
  });
});

describe('readiness', () => {
  prepareTests();

  it('fails with the ledger and with the store, while health goes on', async () => {
    assert.equal((await call('GET', '/readyz')).status, 200);
    services.ledgerWorks = false;
    assert.equal((await call('GET', '/readyz')).status, 503);
    assert.equal((await call('GET', '/healthz')).status, 200);
    replaceServices({ isReady: async () => false });
    assert.equal((await call('GET', '/readyz')).status, 503);
  });
});
