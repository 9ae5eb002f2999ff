import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { LedgerCoverage } from '../../src/api/ledger-coverage.ts';
import type { PolicyReplay } from '../../src/api/policy.ts';
import type { ReportAnswer } from '../../src/api/report.ts';
import type { SessionList, SessionView } from '../../src/api/session.ts';
import type { Timeline } from '../../src/api/timeline.ts';
import { encodeCancelRequest } from '../../src/wire/postgres/cancel-request.ts';
import { eventually } from '../connector/eventually.ts';
import { callApi } from '../e2e/call-api.ts';
import { int32, openRaw } from '../e2e/raw-connection.ts';
import { runPsql } from '../e2e/run-client.ts';
import { DATABASE, type Gateways, type Member, startGateways } from './environment.ts';
import { requestText } from './request-text.ts';

const POLICIES = `
@id("all") permit (principal, action, resource);

@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);

@id("sessions-of-others") @reason("Sessions of others are for privacy officers")
forbid (principal, action in Action::"session", resource)
unless { context.owner == principal.id || principal in Group::"privacy-officers" };
`;

/** Nobody may search more often for long. */
const SEARCH_INTERVAL_MS = 2_000;

async function open(member: Member, subject: string, password?: string): Promise<pg.Client> {
  const { port, password: token, authorityFile = '' } = member.side(subject);
  const client = new pg.Client({
    ...{ host: 'localhost', port, user: subject, database: DATABASE },
    password: password ?? token,
    ssl: { ca: readFileSync(authorityFile, 'utf8') },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

interface Logs {
  readonly logs: readonly { readonly name: string }[];
  readonly coverage: LedgerCoverage;
}

function listLogs(member: Member): Promise<Logs> {
  return callApi<Logs>(member.api('petra'), 'GET', '/v1/ledger/logs');
}

/** Resolves with the first reason when the gateway ends a connection. */
function endOf(client: pg.Client): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let reason = '';
  client.on('error', (error) => {
    reason ||= error.message;
  });
  client.on('end', () => resolve(reason));
  return promise;
}

describe('several gateways on one store', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  let third: Member;
  before(async () => {
    gateways = await startGateways({
      policies: POLICIES,
      columns: { 'public.patients.ssn': 'ssn' },
    });
    [first, second, third] = gateways.members as [Member, Member, Member];
    // Each knows the others.
    for (const member of gateways.members) {
      await eventually('the other gateways', async () => {
        const { coverage } = await listLogs(member);
        return coverage.missing.length === 0 ? coverage : undefined;
      });
    }
  });
  after(() => gateways[Symbol.asyncDispose]());

  async function findLive(member: Member, principal: string): Promise<SessionView> {
    return eventually('a live session', async () => {
      const path = `/v1/sessions?state=live&principal=clinic:${principal}`;
      const { sessions } = await callApi<SessionList>(member.api('petra'), 'GET', path);
      return sessions[0];
    });
  }

  it('serve any session on any of them', async () => {
    for (const member of gateways.members) {
      const { stdout } = await runPsql(member.side('ana'), ['-At', '-c', 'SELECT 40 + 2']);
      assert.equal(stdout, '42\n', member.name);
    }
  });

  it('let a statement go that one of them holds when it is approved on another, once', async () => {
    const running = runPsql(first.side('ana'), ['-At', '-c', 'DELETE FROM notes WHERE id = 1']);
    const id = await eventually('a request', async () => {
      const { requests } = await callApi<{ requests: readonly { id: string }[] }>(
        second.api('petra'),
        'GET',
        '/v1/requests?state=pending',
      );
      return requests[0]?.id;
    });
    await callApi(second.api('petra'), 'POST', `/v1/requests/${id}/reviews`, {
      verdict: 'approve',
    });
    assert.equal((await running).stdout, 'DELETE 1\n');
    // The same approval is worth nothing on any of them.
    for (const member of gateways.members) {
      await assert.rejects(
        callApi(member.api('petra'), 'POST', `/v1/requests/${id}/reviews`, { verdict: 'approve' }),
        /409/,
      );
    }
  });

  it('cancel what runs on one of them, whichever is sent the request', async () => {
    const client = await open(first, 'ana');
    const running = client.query('SELECT pg_sleep(600)');
    const failed = assert.rejects(running, { code: '57014' });
    // Until the statement has begun there is nothing to cancel.
    await eventually('the statement at the target', async () => {
      const sleeping = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`;
      return Number(await gateways.server.execute(sleeping)) > 0 || undefined;
    });
    const { processID: processId, secretKey } = client as unknown as CancelKey;
    using canceller = await openRaw(third.side('ana'));
    canceller.send(encodeCancelRequest(processId, int32(secretKey)));
    await failed;
    await client.end();
  });

  it('end a session of one when it is stopped on another', async () => {
    const client = await open(first, 'noor');
    const ended = endOf(client);
    const { id } = await findLive(third, 'noor');
    await callApi(third.api('petra'), 'POST', `/v1/sessions/${id}/end`, { reason: 'to try it' });
    assert.match(await ended, /terminating connection because/);
  });

  it('end the sessions of a token on all of them when it is revoked on one, and let nobody in by it', async () => {
    const issued = await requestText(first.api('ana'), '/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: first.api('ana').token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    assert.equal(issued.status, 200, issued.body);
    const { access_token: token } = JSON.parse(issued.body) as { access_token: string };
    const clients = await Promise.all(gateways.members.map((one) => open(one, 'ana', token)));
    const ends = clients.map(endOf);
    const revoked = await requestText(second.api('ana'), '/oauth2/revoke', { token });
    assert.equal(revoked.status, 200, revoked.body);
    for (const reason of await Promise.all(ends)) assert.match(reason, /access was withdrawn/);
    for (const member of gateways.members) {
      await assert.rejects(open(member, 'ana', token), { code: '28000' });
    }
  });

  it('show each other what was done and shown, to who may see it', async () => {
    const note = 'SELECT id, given_name FROM patients WHERE id = 7';
    await runPsql(first.side('ana'), ['-At', '-c', note]);
    const found = await eventually('a finished session', async () => {
      const path = `/v1/sessions?q=${encodeURIComponent('given_name patients 7')}`;
      const { sessions } = await callApi<SessionList>(second.api('petra'), 'GET', path);
      await wait(SEARCH_INTERVAL_MS);
      return sessions.find(({ end }) => end !== undefined);
    });
    const timeline = await callApi<Timeline>(
      second.api('petra'),
      'GET',
      `/v1/sessions/${found.id}/timeline`,
    );
    assert.deepEqual(timeline.coverage, { read: ['gw-0.0'], missing: [] });
    assert(timeline.entries.some(({ statement }) => statement?.text === note));
    const path = `/v1/sessions/${found.id}/recording`;
    const played = await requestText(second.api('petra'), path);
    assert.equal(played.status, 200, played.body);
    assert.match(played.body, /given_name/);
    // Rights are asked for where the person asks.
    for (const member of gateways.members) {
      for (const part of ['recording', 'timeline']) {
        const refused = await requestText(member.api('noor'), `/v1/sessions/${found.id}/${part}`);
        assert.equal(refused.status, 403, `${member.name} ${part}: ${refused.body}`);
      }
    }
  });

  it('list, page and prove the entries of each other', async () => {
    const caller = third.api('petra');
    const { logs, coverage } = await listLogs(third);
    assert.deepEqual(logs.map(({ name }) => name).toSorted(), ['gw-0.0', 'gw-1.0', 'gw-2.0']);
    assert.deepEqual(coverage.missing, []);
    const { entries } = await callApi<{ entries: readonly { index: number; bytes: string }[] }>(
      caller,
      'GET',
      '/v1/ledger/entries?log=gw-0.0&kind=gateway.start',
    );
    const [start] = entries;
    assert(start !== undefined);
    const proof = await callApi<{ bytes: string; checkpoint: string }>(
      caller,
      'GET',
      `/v1/ledger/entries/gw-0.0/${start.index}/proof`,
    );
    assert.equal(proof.bytes, start.bytes);
    assert.match(proof.checkpoint, /^gw-0\.0\n/);
  });

  it('decide again what was done on all of them', async () => {
    for (const member of gateways.members) {
      await runPsql(member.side('ana'), ['-At', '-c', 'SELECT id FROM patients LIMIT 1']);
    }
    const text = '@id("none") forbid (principal, action, resource);';
    const replay = await callApi<PolicyReplay>(second.api('petra'), 'POST', '/v1/policies/replay', {
      files: [{ path: 'policies/none.cedar', text }],
      last: 500,
    });
    assert.deepEqual(replay.coverage.missing, []);
    const logs = new Set(replay.changes.map(({ ledger }) => ledger.log));
    assert.deepEqual([...logs].toSorted(), ['gw-0.0', 'gw-1.0', 'gw-2.0']);
  });

  async function makeReport(member: Member): Promise<ReportAnswer> {
    const period = `from=2020-01-01T00:00:00.000Z&to=${new Date(Date.now() + 60_000).toISOString()}`;
    const path = `/v1/reports/hipaa?${period}&format=csv`;
    return callApi<ReportAnswer>(member.api('petra'), 'GET', path);
  }

  function findTable({ files }: ReportAnswer, id: string): string {
    const file = files.find(({ name }) => name.includes(id));
    assert(file, files.map(({ name }) => name).join());
    return Buffer.from(file.content, 'base64').toString();
  }

  it('report on all of them', async () => {
    const report = await makeReport(third);
    const logs = findTable(report, 'logs');
    assert.deepEqual([report.isWhole, report.coverage.missing], [true, []], logs);
    for (const name of ['gw-0.0', 'gw-1.0', 'gw-2.0'])
      assert.match(logs, new RegExp(`${name},whole`));
    const left = await readdir(third.dataDirectory);
    assert.deepEqual(
      left.filter((name) => name.startsWith('ledger-copy')),
      [],
    );
  });

  it('say which logs were not read while one is away', async () => {
    await runPsql(third.side('ana'), ['-At', '-c', 'SELECT 3']);
    await third.process.kill();
    const { coverage } = await listLogs(first);
    assert.deepEqual(coverage.missing, ['gw-2.0']);
    assert.deepEqual(coverage.read.toSorted(), ['gw-0.0', 'gw-1.0']);
    const report = await makeReport(first);
    assert.deepEqual([report.isWhole, report.coverage.missing], [false, ['gw-2.0']]);
    const path = '/v1/sessions?principal=clinic:ana';
    const { sessions } = await callApi<SessionList>(first.api('petra'), 'GET', path);
    const lost = await requestText(first.api('petra'), `/v1/sessions/${sessions[0]?.id}/recording`);
    assert.equal(lost.status, 503, lost.body);
    await third.start();
    await eventually('the gateway again', async () => {
      const { coverage: again } = await listLogs(first);
      return again.missing.length === 0 || undefined;
    });
  });
});

/** What pg keeps of a connection, beneath what it documents. */
interface CancelKey {
  readonly processID: number;
  readonly secretKey: number;
}
