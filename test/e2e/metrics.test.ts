import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Environment, startEnvironment } from './environment.ts';
import { query, signIn } from './raw-connection.ts';

describe('metrics and health of a gateway with two workers', () => {
  let environment: Environment;
  let url: string;
  before(async () => {
    environment = await startEnvironment({
      patients: 10,
      gateway: [
        [['gateway', 'workers'], 2],
        [['metrics'], { address: '127.0.0.1:0' }],
        [['exports'], [{ name: 'own', kind: 'file', path: '../own.jsonl' }]],
      ],
    });
    const log = environment.process?.log() ?? '';
    const port = /"listener":"metrics","host":"127\.0\.0\.1","port":(\d+)/.exec(log)?.[1];
    url = `http://127.0.0.1:${port}`;
  });
  after(() => environment[Symbol.asyncDispose]());

  async function read(name: string): Promise<number | undefined> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  it('counts over all processes', async () => {
    assert.equal(await read('sallyport_processes'), 3);
    const connections = await Promise.all(
      Array.from({ length: 4 }, () => signIn(environment.gateway)),
    );
    for (const connection of connections) {
      connection.send(query('SELECT 1'));
      await connection.messagesUntil('Z');
    }
    assert.equal(await read('sallyport_sessions'), 4);
    assert.equal(await read('sallyport_operations_total{decision="allow"}'), 4);
    assert.equal(await read('sallyport_store_up'), 1);
    for (const connection of connections) connection[Symbol.dispose]();
    while ((await read('sallyport_sessions')) !== 0) await wait(50);
    while ((await read('sallyport_export_lag_seconds{sink="own"}')) === undefined) await wait(50);
  });

  it('is ready', async () => {
    const answer = await fetch(`${url}/readyz`);
    assert.deepEqual([answer.status, await answer.json()], [200, { status: 'ok' }]);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });
});
