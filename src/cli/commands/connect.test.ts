import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFakeServices } from '../../../test/control-plane/fake-services.ts';
import { runForOutcome } from '../cli-outcome.fixture.ts';
import { rememberGateway } from '../gateway-settings.ts';
import { Terminal } from '../terminal.ts';
import { useRememberedGateway } from '../use-remembered-gateway.fixture.ts';

describe('sallyport connect', () => {
  const gateway = useRememberedGateway();

  it('opens no port to what is no database', async () => {
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'alice-token' };
    const { code, out, err } = await runForOutcome(['connect', 'nowhere'], { environment });
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /There is no database "nowhere" that you may connect to/);
  });

  it('says what to do about a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'alice-token' };
    try {
      const args = ['connect', 'hospital', '--port', String(port)];
      const { code, err } = await runForOutcome(args, { environment });
      assert.equal(code, 1);
      assert.match(err, /Cannot listen on port \d+: EADDRINUSE\nChoose another --port/);
    } finally {
      taken.close();
    }
  });

  it('opens a port to any name where names are those of databases', async () => {
    const services = createFakeServices();
    const environment = { HOME: join(gateway.home, 'bound'), SALLYPORT_TOKEN: 'alice-token' };
    const postgres = { host: 'gateway.test', port: 5432, hasOneTarget: true };
    const configuration = { ...services.clientConfiguration(), postgres };
    const { url, ca } = gateway.plane;
    await rememberGateway(environment, { url, ca, configuration });
    const stopping = new AbortController();
    const said: string[] = [];
    const terminal = new Terminal({
      out: (text) => said.push(text),
      err: () => stopping.abort(),
      ...{ colours: false, interactive: false },
    });
    const given = { environment, terminal, signal: stopping.signal };
    assert.equal((await runForOutcome(['connect', 'archive'], given)).code, 0);
    assert.match(said.join(''), /^database {2}archive$/m);
  });
});
