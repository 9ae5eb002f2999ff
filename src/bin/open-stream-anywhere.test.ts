import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import { StreamOpener } from '../upstream/stream-opener.ts';
import { FOR_GATEWAY } from '../upstream/ways.ts';
import { openStreamAnywhere } from './open-stream-anywhere.ts';

describe('openStreamAnywhere', () => {
  it('takes no target for silent where the store is', async () => {
    const expiry = new AbortController();
    const openStream = openStreamAnywhere({
      connectors: { tunnels: [], openStream: () => assert.fail('it is too late') },
      store: {
        async list() {
          expiry.abort();
          return [];
        },
        listTunnels: async () => [],
      },
      findLink: () => assert.fail('nobody is known'),
      log: SILENT_LOG,
    });
    const streams = new StreamOpener(openStream);
    const target = { name: 'site', connectors: ['ward-3'] };
    const question = { target, kind: 'bytes', carriedFor: FOR_GATEWAY } as const;
    await assert.rejects(streams.open(question, expiry.signal), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
      message: /the store does not say/,
    });
  });
});
