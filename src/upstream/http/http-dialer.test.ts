import assert from 'node:assert/strict';
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { WebTarget } from '../../targets/target.ts';
import { StreamOpener } from '../stream-opener.ts';
import { HttpDialer } from './http-dialer.ts';

const TARGET = {
  ...{ name: 'site', kind: 'http', host: 'site.test', port: 80, connectors: [] },
  ...{ tls: { mode: 'disable' }, credential: { kind: 'none' } },
} as unknown as WebTarget;

describe('HttpDialer', () => {
  it('takes no target for silent whose name is looked for in vain', async (context) => {
    const looked = Promise.withResolvers<never>();
    const { mock } = context.mock.method(dns, 'lookup', () => looked.promise);
    syncBuiltinESMExports();
    context.after(() => {
      mock.restore();
      syncBuiltinESMExports();
    });
    const resolveSecret = (): never => assert.fail('there is no secret');
    const dialer = new HttpDialer(resolveSecret, new StreamOpener(undefined));
    const told = assert.rejects(dialer.reach(TARGET, 1), { code: 'ERR_UPSTREAM_UNREACHABLE' });
    await setTimeout(20);
    looked.reject(new Error('EAI_AGAIN'));
    await told;
  });
});
