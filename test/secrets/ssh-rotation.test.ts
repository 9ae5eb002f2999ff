import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { rootWithoutSources } from '../../src/configuration/configuration-root.ts';
import { sshTargetFileSchema } from '../../src/configuration/ssh-target-file.ts';
import type { ResolveSecret } from '../../src/targets/secret-resolver.ts';
import { SecretCache } from '../../src/targets/secrets/secret-cache.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import { FOR_GATEWAY } from '../../src/upstream/ways.ts';
import { DisconnectReason } from '../../src/wire/ssh/disconnect.ts';

describe('the password of a host', () => {
  it('is read anew when the host does not take the old one', async () => {
    const held = { password: 'first', reads: 0 };
    const { private: hostKey, public: hostKeyLine } = ssh2.utils.generateKeyPairSync('ed25519');
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (context.method === 'password' && context.password === held.password) context.accept();
        else context.reject(['password']);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const target = sshTargetFileSchema({
      ...{ root: rootWithoutSources('/'), name: 'ward', idleTimeoutMs: 0 },
      side: 'gateway',
    }).parse({
      kind: 'ssh',
      address: `127.0.0.1:${port}`,
      account: 'deploy',
      credential: { password: 'env:PASSWORD' },
      hostKeys: [hostKeyLine],
    });
    let nowMs = 0;
    const cache = new SecretCache({ nowMs: () => nowMs, onProblem: () => undefined });
    const read = async (): Promise<{ content: Buffer; lifetimeMs: number }> => {
      held.reads += 1;
      return { content: Buffer.from(held.password), lifetimeMs: 3_600_000 };
    };
    const resolveSecret: ResolveSecret = (key, use) =>
      cache.get({ key, read, pick: (content) => Buffer.from(content as Buffer) }, use);
    const ways = openWays({ resolveSecret, nowMs: Date.now });
    const connect = async (): Promise<void> => {
      const login = { account: 'deploy', keyId: 'test' };
      const { signal } = new AbortController();
      const { port: transport } = await ways.connectSsh(target, login, FOR_GATEWAY, signal);
      transport.disconnect(DisconnectReason.ByApplication, 'that was all');
    };
    try {
      await connect();
      held.password = 'second';
      nowMs += 60_000;
      await connect();
      assert.equal(held.reads, 2);
    } finally {
      server.close();
    }
  });
});
