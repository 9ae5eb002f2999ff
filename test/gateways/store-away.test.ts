import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { SessionList } from '../../src/api/session.ts';
import type { Timeline } from '../../src/api/timeline.ts';
import { eventually } from '../connector/eventually.ts';
import { callApi } from '../e2e/call-api.ts';
import { FaultyLink } from '../faults/matrix/faulty-link.ts';
import { DATABASE, type Gateways, type Member, startGateways } from './environment.ts';
import { verifyTogether } from './join-ledgers.ts';
import { requestText } from './request-text.ts';

const POLICIES = `
@id("all") permit (principal, action, resource);

@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);
`;
const REVIEWED = 'DELETE FROM notes WHERE id = 1';
/** Told from all else that runs. */
const MEANWHILE = 'SELECT 40 + 2 AS while_the_store_was_away';

describe('gateways whose store goes away and comes back', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  const links: FaultyLink[] = [];
  /** Begun before the store went away. */
  let running: pg.Client;
  /** Of Sallyport: it is in the store. */
  let issued: string;
  before(async () => {
    gateways = await startGateways({
      count: 2,
      policies: POLICIES,
      own: async (_, server) => {
        const link = await FaultyLink.open(server.port);
        links.push(link);
        return { storePort: link.port };
      },
    });
    [first, second] = gateways.members as [Member, Member];
    running = await open(first);
    const { body } = await requestText(first.api('ana'), '/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: first.api('ana').token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    issued = (JSON.parse(body) as { readonly access_token: string }).access_token;
    for (const link of links) link.set({ kind: 'down' });
    for (const member of gateways.members) {
      await eventually('not ready', async () => (await isReady(member)) === false || undefined);
    }
  });
  after(async () => {
    for (const link of links) link.set({ kind: 'up' });
    await running.end();
    await gateways[Symbol.asyncDispose]();
    for (const link of links) await link[Symbol.asyncDispose]();
  });

  async function open(member: Member, token?: string): Promise<pg.Client> {
    const { port, password, authorityFile = '' } = member.side('ana');
    const client = new pg.Client({
      ...{ host: 'localhost', port, user: 'ana', database: DATABASE, password: token ?? password },
      ssl: { ca: readFileSync(authorityFile, 'utf8') },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function isReady(member: Member): Promise<boolean> {
    return (await requestText(member.api('petra'), '/readyz')).status === 200;
  }

  function countNotes(): Promise<string> {
    return gateways.server.execute('SELECT count(*) FROM notes', DATABASE);
  }

  /** Statements of a session that ran while the store was away, as its log has them. */
  async function countMeanwhile(session: string): Promise<number> {
    const path = `/v1/sessions/${session}/timeline`;
    const { entries } = await callApi<Timeline>(second.api('petra'), 'GET', path);
    return entries.filter(({ statement }) => statement?.text.includes('while_the_store_was_away'))
      .length;
  }

  it('go on with what runs, and let in who proves who they are without it', async () => {
    const { rows } = await running.query(MEANWHILE);
    assert.deepEqual(rows, [{ while_the_store_was_away: 42 }]);
    const client = await open(second);
    await client.query(MEANWHILE);
    await client.end();
  });

  it('turn away who needs it, and say why', async () => {
    for (const member of gateways.members) {
      await assert.rejects(open(member, issued), {
        code: '57P03',
        message: /tokens cannot be checked/,
      });
    }
  });

  it('run nothing that needs a review', async () => {
    const before = await countNotes();
    await assert.rejects(running.query(REVIEWED), (error: { readonly message: string }) => {
      assert.match(error.message, /look-at-deletes|review/);
      return true;
    });
    assert.equal(await countNotes(), before);
    // The session goes on.
    await running.query(MEANWHILE);
  });

  it('serve all of it again by themselves once it is back', async () => {
    for (const link of links) link.set({ kind: 'up' });
    for (const member of gateways.members) {
      await eventually('ready', async () => (await isReady(member)) || undefined);
      const client = await eventually('a session by the token', () =>
        open(member, issued).catch(() => undefined),
      );
      await client.end();
    }
    const reviewed = running.query(REVIEWED);
    const id = await eventually('a request', async () => {
      const path = '/v1/requests?state=pending';
      const { requests } = await callApi<{ readonly requests: readonly { readonly id: string }[] }>(
        second.api('petra'),
        'GET',
        path,
      );
      return requests[0]?.id;
    });
    await callApi(second.api('petra'), 'POST', `/v1/requests/${id}/reviews`, {
      verdict: 'approve',
    });
    assert.equal((await reviewed).rowCount, 1);
  });

  it('have sealed what ran meanwhile, and their ledgers are whole', async () => {
    const counts = await eventually('its entries', async () => {
      const path = '/v1/sessions?principal=clinic:ana';
      const { sessions } = await callApi<SessionList>(second.api('petra'), 'GET', path);
      const found = await Promise.all(sessions.map(({ id }) => countMeanwhile(id)));
      return found.includes(2) ? found : undefined;
    });
    assert(counts.every((count) => count <= 2));
    await running.end();
    for (const member of gateways.members) await member.process.stop();
    const { ok, problems, logs } = await verifyTogether(gateways.members);
    assert.deepEqual([ok, problems], [true, []], JSON.stringify(logs));
  });
});
