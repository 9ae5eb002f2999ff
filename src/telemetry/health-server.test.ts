import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HealthServer, startHealthServer } from './health-server.ts';

describe('startHealthServer', () => {
  let server: HealthServer;
  let problems: readonly string[] = [];
  let metrics = async (): Promise<string> => 'up 1\n';
  const errors: unknown[] = [];
  before(async () => {
    server = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      metrics: () => metrics(),
      problems: async () => problems,
      onError: (error) => errors.push(error),
    });
  });
  after(() => server[Symbol.asyncDispose]());

  const ask = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  it('says metrics in the format of Prometheus', async () => {
    const answer = await ask('/metrics');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.equal(await answer.text(), 'up 1\n');
  });

  it('says that it lives whatever is wrong, and that it is ready when nothing is', async () => {
    assert.equal((await ask('/readyz')).status, 200);
    problems = ['the ledger fails'];
    assert.equal((await ask('/healthz')).status, 200);
    const answer = await ask('/readyz');
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), { status: 'unavailable', problems });
  });

  it('knows nothing else', async () => {
    assert.equal((await ask('/')).status, 404);
    assert.equal((await ask('/metrics/../v1/sessions')).status, 404);
    assert.equal((await ask('/metrics', 'POST')).status, 405);
  });

  it('answers the next question when one failed', async () => {
    const before = metrics;
    metrics = () => Promise.reject(new Error('no'));
    await assert.rejects(ask('/metrics'));
    assert.equal(errors.length, 1);
    metrics = before;
    assert.equal((await ask('/metrics')).status, 200);
  });
});
