import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type GatewayProcess, startGateway } from '../../demo/start-gateway.ts';
import type { JsonEvent } from '../../src/exports/formats/json-event.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { query, signIn } from './raw-connection.ts';

const DATA_MAP = {
  columns: {
    'public.patients.*': 'none',
    'public.patients.ssn': 'ssn',
    'public.patients.last_name': 'name',
  },
};

describe('exports of a gateway', () => {
  let environment: Environment;
  let directory: string;
  before(async () => {
    environment = await startEnvironment({
      patients: 10,
      target: [[['dataMap'], DATA_MAP]],
      gateway: [
        [
          ['exports'],
          [
            { name: 'masked', kind: 'file', path: '../masked.jsonl' },
            { name: 'whole', kind: 'file', path: '../whole.jsonl', statements: 'whole' },
            { name: 'dead', kind: 'syslog', server: '127.0.0.1:1', tls: false },
          ],
        ],
      ],
    });
    directory = dirname(environment.configurationDirectory);
  });
  after(() => environment[Symbol.asyncDispose]());

  async function read(sink: 'masked' | 'whole'): Promise<readonly JsonEvent[]> {
    const text = await readFile(join(directory, `${sink}.jsonl`), 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JsonEvent);
  }

  async function waitFor(
    sink: 'masked' | 'whole',
    isWanted: (event: JsonEvent) => boolean,
  ): Promise<JsonEvent> {
    for (let looks = 0; looks < 400; looks++) {
      const found = (await read(sink)).findLast(isWanted);
      if (found !== undefined) return found;
      await wait(50);
    }
    assert.fail('it was not exported');
  }

  async function restart(): Promise<GatewayProcess> {
    const gateway = await startGateway(environment.configurationDirectory);
    Object.assign(environment.gateway, { port: gateway.postgres.port });
    return gateway;
  }

  async function run(sql: string): Promise<void> {
    using connection = await signIn(environment.gateway);
    connection.send(query(sql));
    await connection.messagesUntil('Z');
  }

  it('shows values of columns without a class, and no others', async () => {
    await run("SELECT state FROM patients WHERE ssn = '123-45-6789' AND state = 'TX' -- Ruiz");
    const event = await waitFor('masked', ({ kind }) => kind === 'operation');
    assert.match(event.statement?.text ?? '', /WHERE ssn = '•••' AND state = 'TX' •••$/);
    assert.equal(event.principal, 'clinic:tester');
    assert.equal(event.target, 'postgres');
    const all = await readFile(join(directory, 'masked.jsonl'), 'utf8');
    assert.doesNotMatch(all, /123-45|Ruiz/);
    await waitFor('whole', ({ statement }) => statement?.text?.includes('123-45-6789') === true);
  });

  it('never shows a password, whatever is configured', async () => {
    await run("ALTER ROLE postgres PASSWORD 'hunter2-secret'");
    await run("ALTER ROLE nobody PASSWORD 'hunter2-secret' oops");
    await waitFor('whole', ({ statement }) => statement?.text?.includes('oops') === true);
    for (const sink of ['masked', 'whole']) {
      const all = await readFile(join(directory, `${sink}.jsonl`), 'utf8');
      assert.doesNotMatch(all, /hunter2/);
    }
  });

  it('is not held up by a sink that is down, and has no gap after a kill', async () => {
    await environment.process?.stop();
    let gateway = await restart();
    for (let round = 0; round < 2; round++) {
      const statements = Array.from({ length: 40 }, (_, n) => run(`SELECT ${round}, ${n}`));
      await Promise.allSettled(statements);
      await gateway.kill();
      gateway = await restart();
    }
    try {
      await run('SELECT 4711 AS last_one');
      await waitFor('whole', ({ statement }) => statement?.text?.includes('last_one') === true);
      const events = await read('whole');
      const seen = new Set<number>();
      let next = 0;
      for (const { seq } of events) {
        assert(seq <= next, `${seq} came before ${next}`);
        if (seq === next) next += 1;
        seen.add(seq);
      }
      assert.equal(seen.size, next);
    } finally {
      await gateway.stop();
    }
  });
});
