import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { runPsql } from '../e2e/run-client.ts';
import { identityMask, type MaskExpression } from './identity-plan.ts';
import { startIdentityProxy } from './identity-proxy.ts';
import { IdentityTally } from './identity-tally.ts';

const SCRIPT = fileURLToPath(new URL('./identity.sql', import.meta.url));
const SETTINGS = { autovacuum: 'off', jit: 'off' };

/** A little of what `npm run conformance -- gateway identity` does with PostgreSQL's own files. */
describe('a psql script with masks on every column', () => {
  const servers: PrivatePostgres[] = [];
  before(async () => {
    for (let count = 0; count < 2; count++)
      servers.push(await startPrivatePostgres({ version: 'debian', settings: SETTINGS }));
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  async function compare(database: string, expression: MaskExpression): Promise<IdentityTally> {
    const [original, rewritten] = servers;
    assert(original !== undefined && rewritten !== undefined);
    for (const server of servers) await server.execute(`CREATE DATABASE ${database}`);
    const tally = new IdentityTally();
    await using proxy = await startIdentityProxy({
      original,
      rewritten,
      parser: await loadParser(),
      tally,
      expression,
      system: { rows: undefined },
    });
    const side = { host: proxy.host, port: proxy.port, user: original.superuser, database };
    const direct = { name: 'direct', password: 'unused', authorityFile: undefined } as const;
    const { code } = await runPsql({ ...side, ...direct }, ['-f', SCRIPT]);
    assert.equal(code, 0);
    assert.deepEqual(proxy.failures, []);
    return tally;
  }

  it('shows the same as without where the masks change nothing', async () => {
    const tally = await compare('same', identityMask);
    assert.deepEqual(tally.differences, []);
    const equal = tally.count('answer: equal');
    assert(equal > 55, `${equal} statements were rewritten`);
    assert.equal(tally.count('refused: prepared when names meant something else'), 1);
    const copies = tally.refusals.filter(({ text }) => text.startsWith('COPY'));
    assert.equal(copies.length, 3);
  });

  it('shows something else where the masks change something', async () => {
    const nothing: MaskExpression = (reference) => `NULLIF(${reference}, ${reference})`;
    const tally = await compare('other', nothing);
    assert(tally.differences.some(({ kind }) => kind === 'rows'));
  });
});
