import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ApiCaller, callApi } from './call-api.ts';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { errorFields, query, type RawConnection, signIn } from './raw-connection.ts';

const POLICIES = `
@id("no-delete") @reason("Ask for the grant cleaning")
forbid (principal, action == Action::"sql.delete", resource) unless { principal in Grant::"cleaning" };
@id("no-visit")
forbid (principal == User::"clinic:noor", action == Action::"connect", resource)
unless { principal in Grant::"cleaning" };
@id("ask") @review("privacy-officers") @reason("Cleaning has to be agreed on")
forbid (principal, action == Action::"grant.request", resource);
`;

describe('grants of a gateway with two workers', () => {
  let environment: Environment;

  before(async () => {
    environment = await startEnvironment({
      patients: 20,
      gateway: [
        [['gateway', 'workers'], 2],
        [
          ['grants'],
          { cleaning: { durationMax: '1h', breakGlass: { reviewers: ['privacy-officers'] } } },
        ],
      ],
    });
    const { configurationDirectory } = environment;
    await writeFile(join(configurationDirectory, 'policies/grants.cedar'), POLICIES);
    using connection = await connect('ana');
    // Taken at the next look for changed files, by each worker by itself.
    while ((await run(connection, DELETE)) !== '42501') await pause();
  });
  after(() => environment[Symbol.asyncDispose]());

  const DELETE = 'DELETE FROM notes WHERE id = -1';

  function sideOf(subject: string): Side {
    return {
      ...environment.gateway,
      user: subject,
      password: environment.provider.issueToken(subject),
    };
  }

  const connect = (subject: string): Promise<RawConnection> => signIn(sideOf(subject));

  function as(subject: string): ApiCaller {
    const { gateway, process, provider } = environment;
    return {
      port: process?.api?.port ?? 0,
      token: provider.issueToken(subject),
      authorityFile: gateway.authorityFile ?? '',
    };
  }

  /** Asks as `subject`, has Petra approve, and returns the grant's id. */
  async function obtain(subject: string): Promise<string> {
    const wanted = {
      grant: 'cleaning',
      target: 'postgres',
      durationSeconds: 600,
      reason: 'spring',
    };
    const asked = await callApi<{ request: { id: string } }>(
      as(subject),
      'POST',
      '/v1/grant-requests',
      wanted,
    );
    const { id } = asked.request;
    await callApi(as('petra'), 'POST', `/v1/requests/${id}/reviews`, { verdict: 'approve' });
    const list = await callApi<{ grants: readonly { id: string; requestId?: string }[] }>(
      as(subject),
      'GET',
      '/v1/grants',
    );
    const grant = list.grants.find(({ requestId }) => requestId === id);
    assert(grant);
    return grant.id;
  }

  it('permit what they permit in running sessions, until they are revoked', async () => {
    using one = await connect('ana');
    using other = await connect('ana');
    assert.equal(await run(one, DELETE), '42501');
    const id = await obtain('ana');
    for (const connection of [one, other]) {
      while ((await run(connection, DELETE)) !== 'done') await pause();
    }
    await callApi(as('petra'), 'POST', `/v1/grants/${id}/revoke`, { reason: 'clean enough' });
    for (const connection of [one, other]) {
      while ((await run(connection, DELETE)) !== '42501') await pause();
      assert.equal(await run(connection, 'SELECT 1'), 'done');
    }
  });

  it('end the sessions that could not be opened without them', async () => {
    await assert.rejects(connect('noor'));
    const id = await obtain('noor');
    using connection = await until(() => connect('noor').catch(() => undefined));
    assert.equal(await run(connection, 'SELECT 1'), 'done');
    await callApi(as('petra'), 'POST', `/v1/grants/${id}/revoke`, { reason: 'go home' });
    const [farewell] = await connection.messagesUntil('E');
    assert.match(errorFields(farewell?.body ?? Buffer.alloc(0))['M'] ?? '', /grant/);
    await connection.untilClosed();
    await assert.rejects(connect('noor'));
  });

  it('are taken in an emergency, and reviewed afterwards', async () => {
    using connection = await connect('ana');
    const wanted = {
      grant: 'cleaning',
      target: 'postgres',
      durationSeconds: 60,
      reason: 'code red',
    };
    const taken = await callApi<{ request: { id: string }; grant: { id: string } }>(
      as('ana'),
      'POST',
      '/v1/break-glass',
      wanted,
    );
    while ((await run(connection, DELETE)) !== 'done') await pause();
    const list = await callApi<{ requests: readonly { id: string }[] }>(
      as('petra'),
      'GET',
      '/v1/requests?state=unreviewed',
    );
    assert(list.requests.some(({ id }) => id === taken.request.id));
    const reviewed = await callApi<{ state: string }>(
      as('petra'),
      'POST',
      `/v1/requests/${taken.request.id}/reviews`,
      { verdict: 'approve' },
    );
    assert.equal(reviewed.state, 'reviewed');
  });
});

/** `done`, or the SQLSTATE. */
async function run(connection: RawConnection, sql: string): Promise<string> {
  connection.send(query(sql));
  const messages = await connection.messagesUntil('Z');
  const error = messages.find(({ type }) => type === 'E');
  return error === undefined ? 'done' : (errorFields(error.body)['C'] ?? '');
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
