import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startPrivatePostgres } from './private-postgres.ts';

describe('startPrivatePostgres', () => {
  for (const version of ['debian', 'embedded'] as const) {
    it(`starts, answers and removes the ${version} server`, async () => {
      const server = await startPrivatePostgres({ version, settings: { work_mem: '7MB' } });
      assert.equal(await server.execute('show work_mem'), '7MB');
      assert.equal(await server.execute('show listen_addresses'), server.host);
      await assert.rejects(server.execute('select 1/0'), /division by zero/);

      await server.stop();
      await server.stop();
      assert.equal(existsSync(server.socketDirectory), false);
      assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
    });
  }

  it('explains why a server does not start', async () => {
    await assert.rejects(
      startPrivatePostgres({ version: 'debian', settings: { shared_buffers: 'much' } }),
      /shared_buffers/,
    );
  });
});
