import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { readRows } from '../../src/protocols/postgres/catalog-reader.ts';
import type { PostgresTarget, SshTarget } from '../../src/targets/target.ts';
import { HttpTargets } from '../../src/upstream/http/http-targets.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import type { PostgresStart, Ways } from '../../src/upstream/ways.ts';
import { encodeGlobalRequest } from '../../src/wire/ssh/global-request.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';
import { eventually } from './eventually.ts';
import {
  ask,
  CARRIED,
  EHR,
  FOR_SESSION,
  type LoginWorld,
  openLoginWorld,
  PARTS,
  PASSWORD,
  SIGNAL,
  session,
  site,
  WARD,
} from './login-world.ts';

let world: LoginWorld;
before(async () => {
  world = await openLoginWorld();
});
after(() => world[Symbol.asyncDispose]());

function logIn(changes: Partial<PostgresStart> = {}): ReturnType<Ways['connectPostgres']> {
  const start = { database: 'postgres', parameters: new Map([['application_name', 'door']]) };
  return world.ways.connectPostgres(EHR, { ...start, ...changes }, FOR_SESSION, SIGNAL);
}

describe('a database that the connector logs in to', () => {
  it('is handed over ready for queries, with what the server said', async () => {
    const upstream = await logIn();
    try {
      assert.equal(upstream.parameters.get('application_name'), 'door');
      assert.match(upstream.serverVersion, /^\d+\./);
      assert.deepEqual(await readRows(upstream, 'select current_user, 1 + 1'), [['sam', '2']]);
      const [row] = await readRows(upstream, "select repeat('x', 3000000)");
      assert.equal(row?.[0]?.length, 3_000_000);
    } finally {
      upstream.socket.destroy();
    }
  });

  it('can have a statement cancelled', async () => {
    const upstream = await logIn();
    const [[pid] = []] = await readRows(upstream, 'select pg_backend_pid()');
    const sleeping = readRows(upstream, 'select pg_sleep(100)');
    const rejected = assert.rejects(sleeping, { code: 'ERR_UPSTREAM_LOGIN' });
    await eventually('the statement', async () => {
      const running = await world.database.execute(
        `select query from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`,
      );
      return running.includes('pg_sleep') ? running : undefined;
    });
    await world.ways.cancelPostgres(EHR, upstream.backendKey, FOR_SESSION, SIGNAL);
    await rejected;
    upstream.socket.destroy();
  });
});

describe('what a gateway asks of a login at a database', () => {
  const refused = { code: 'ERR_UPSTREAM_LOGIN' };

  it('names no user, no mode and no options', async () => {
    for (const name of [
      'user',
      'USER',
      'database',
      'replication',
      'Replication',
      'options',
      '_pq_.x',
    ]) {
      await assert.rejects(logIn({ parameters: new Map([[name, 'postgres']]) }), refused, name);
    }
  });

  it('names no database but those of the file', async () => {
    for (const name of ['archive', 'template1', '', 'postgres\0archive', '*']) {
      await assert.rejects(logIn({ database: name }), refused, name);
    }
  });

  it('is nothing but what is known', async () => {
    const request = { target: 'ehr', kind: 'postgres', ...FOR_SESSION } as const;
    const database = 'postgres';
    for (const login of [
      undefined,
      'postgres',
      { database },
      { database, parameters: [], user: 'postgres' },
      { database, parameters: {} },
      {
        database,
        parameters: [
          ['a', 'b'],
          ['a', 'c'],
        ],
      },
      { database, parameters: [['a\0user', 'postgres']] },
      { database, parameters: [['', 'x']] },
      { database, parameters: [['a', 1]] },
    ]) {
      const asked = { ...request, ...(login !== undefined && { login }) };
      await assert.rejects(world.gateway.connectors.openStream(['ward-3'], asked, SIGNAL), refused);
    }
  });

  it('gets no bytes of a target whose credential is at the connector', async () => {
    for (const target of ['ehr', 'ward', 'api']) {
      const asked = { target, kind: 'bytes', ...FOR_SESSION } as const;
      await assert.rejects(world.gateway.connectors.openStream(['ward-3'], asked, SIGNAL), {
        name: 'UpstreamError',
      });
    }
  });

  it('is cut off once its messages are none', async () => {
    const { socket } = await logIn();
    socket.resume();
    socket.write(Buffer.from('Q\0\0\0\x01select'));
    await new Promise((resolve) => socket.once('close', resolve));
  });
});

describe('a host that the connector logs in to', () => {
  const keyId = 'clinic:7 session-1';

  it('is handed over with messages both ways', async () => {
    const [account] = world.sshd.accounts;
    const { port } = await world.ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
    assert.match(port.peerIdentification, /^SSH-2\.0-OpenSSH/);
    const answered = new Promise<number | undefined>((resolve) => {
      port.onMessage((payload) => {
        // The host may tell more of its keys first.
        if (payload[0] !== MessageNumber.GlobalRequest) resolve(payload[0]);
      });
    });
    const request = { requestName: 'keepalive@openssh.com', wantReply: true };
    port.send(encodeGlobalRequest({ ...request, requestData: Buffer.alloc(0) }));
    assert.equal(await answered, MessageNumber.RequestFailure);
    const closed = new Promise<Error | undefined>((resolve) => port.onClose(resolve));
    port.disconnect(11, 'done');
    assert.equal(await closed, undefined);
  });

  it('is logged in to as nobody but its file says', async () => {
    for (const account of ['root', 'auditor']) {
      const attempt = world.ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
      await assert.rejects(attempt, { code: 'ERR_UPSTREAM_LOGIN' }, account);
    }
  });

  it('gets no second login, and no keys, from a gateway', async () => {
    const [account] = world.sshd.accounts;
    for (const number of [
      MessageNumber.UserauthRequest,
      MessageNumber.KexInit,
      MessageNumber.Ping,
      0,
    ]) {
      const { port } = await world.ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
      const closed = new Promise<Error | undefined>((resolve) => port.onClose(resolve));
      port.onMessage(() => undefined);
      port.send(Buffer.of(number, 0, 0));
      await closed;
    }
  });
});

describe('a target that the gateway logs in to over bytes of a connector', () => {
  let own: Ways;
  before(async () => {
    const key = await readFile(world.sshd.clientKeyFile);
    own = openWays({
      resolveSecret: async (reference) => (reference === 'env:KEY' ? key : Buffer.from(PASSWORD)),
      nowMs: Date.now,
      openStream: (...question) => world.gateway.connectors.openStream(...question),
    });
  });

  it('is a database, with the gateway’s password, and can be cancelled', async () => {
    const credential = { kind: 'user', user: 'sam', password: 'env:PASSWORD' };
    const target = {
      ...CARRIED,
      kind: 'postgres',
      name: 'ehr-bytes',
      database: 'postgres',
      credential,
    };
    const start = { database: 'postgres', parameters: new Map<string, string>() };
    const carried = target as unknown as PostgresTarget;
    const upstream = await own.connectPostgres(carried, start, FOR_SESSION, SIGNAL);
    assert.deepEqual(await readRows(upstream, 'select current_user'), [['sam']]);
    await own.cancelPostgres(carried, upstream.backendKey, FOR_SESSION, SIGNAL);
    upstream.socket.destroy();
  });

  it('is a host, whose key the gateway checks', async () => {
    const [account] = world.sshd.accounts;
    const credential = { kind: 'privateKey', privateKey: 'env:KEY' };
    const target = { ...CARRIED, kind: 'ssh', name: 'ward-bytes', hostAuthorities: [], credential };
    const logInTo = (hostKey: string): ReturnType<Ways['connectSsh']> => {
      const host = { ...target, hostKeys: [hostKey] } as unknown as SshTarget;
      return own.connectSsh(host, { account, keyId: 'k' }, FOR_SESSION, SIGNAL);
    };
    (await logInTo(world.sshd.hostKey)).port.disconnect(11, 'done');
    await assert.rejects(logInTo(world.sshd.hostAuthority), { code: 'ERR_UPSTREAM_HOST_KEY' });
  });

  it('is a service, in whatever version of HTTP', async () => {
    for (const [name, httpVersion] of [
      ['api-bytes', '1.1'],
      ['api2-bytes', '2'],
    ] as const) {
      const credential = { kind: 'none' };
      const target = site(name, { ...CARRIED, httpVersion, credential });
      assert.match(
        await ask(new HttpTargets({ ...PARTS, ways: own }).open(target, session()), {}),
        /^200 seen/,
      );
    }
  });
});
