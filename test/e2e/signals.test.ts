import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readEntries } from '../../src/audit/read-entries.ts';
import { type GatewayStack, startGatewayStack } from '../faults/gateway-stack.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';
import { errorFields, query, type RawConnection, signIn } from './raw-connection.ts';

const POLICIES = `
@id("no-ddl") forbid (principal, action in Action::"sql.schema", resource);
@id("budget") @reason("enough patients for today")
forbid (principal, action in Action::"sql.read", resource)
when { principal.subject == "curious" && context.patientsToday >= 3 };
`;
const DATA_MAP = {
  columns: { 'public.patients.id': 'none', 'public.patients.name': 'name' },
  patientKeys: { 'public.patients': 'id' },
};
/** The ledger is looked at every two seconds. */
const NOTICED_MS_MAX = 30_000;

describe('signals', () => {
  let server: PrivatePostgres;
  let stack: GatewayStack;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    await server.execute(`CREATE TABLE patients (id int PRIMARY KEY, name text);
      INSERT INTO patients SELECT id, 'Patient ' || id FROM generate_series(1, 9) id`);
    stack = await startGatewayStack({
      targetPort: server.port,
      policies: POLICIES,
      target: [[['dataMap'], DATA_MAP]],
    });
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server.stop();
  });

  it('raise an alert for repeated refusals, with the entries behind it', async () => {
    using session = await signIn(stack.side());
    for (let i = 0; i < 11; i++) await ask(session, 'DROP TABLE patients');
    const alert = await findEntry(stack, 'alert.raise');
    assert.deepEqual(
      [alert['rule'], alert['principal'], alert['target']],
      ['refusals', 'clinic:tester', 'postgres'],
    );
    assert.equal((alert['entries'] as readonly unknown[]).length, 11);
  });

  it('let a policy refuse whoever was shown enough patients today, also after a restart', async () => {
    {
      using session = await signIn(stack.side('curious'));
      assert.equal(await ask(session, 'SELECT name FROM patients WHERE id = 1'), undefined);
      assert.equal(await ask(session, 'SELECT id, name FROM patients WHERE id <= 2'), undefined);
      assert.equal(await ask(session, 'SELECT name FROM patients WHERE id = 3'), undefined);
      assert.match((await ask(session, 'SELECT 1')) ?? '', /enough patients for today/);
      using other = await signIn(stack.side());
      assert.equal(await ask(other, 'SELECT id FROM patients'), undefined);
    }
    // What is learned is kept every two seconds.
    await findEntry(stack, 'session.end', ({ session }) => session !== undefined);
    await delay(5_000);
    await stack.gateway().kill();
    await stack.restart();
    using again = await signIn(stack.side('curious'));
    assert.match((await ask(again, 'SELECT 1')) ?? '', /enough patients for today/);
  });
});

/** The error's message, if there was one. */
async function ask(session: RawConnection, sql: string): Promise<string | undefined> {
  session.send(query(sql));
  const messages = await session.messagesUntil('Z');
  const error = messages.find(({ type }) => type === 'E');
  return error && errorFields(error.body)['M'];
}

type Fields = Readonly<Record<string, unknown>>;

async function findEntry(
  { ledgerDirectory }: GatewayStack,
  kind: 'alert.raise' | 'session.end',
  isWanted: (entry: Fields) => boolean = () => true,
): Promise<Fields> {
  const until = performance.now() + NOTICED_MS_MAX;
  while (performance.now() < until) {
    for await (const { entry } of readEntries(ledgerDirectory, { kinds: new Set([kind]) })) {
      if (isWanted(entry)) return entry;
    }
    await delay(200);
  }
  assert.fail(`there is no entry ${kind}`);
}
