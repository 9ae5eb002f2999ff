import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { runForOutcome } from '../cli-outcome.fixture.ts';
import { rememberGateway } from '../gateway-settings.ts';
import { useRememberedGateway } from '../use-remembered-gateway.fixture.ts';

describe('sallyport psql', () => {
  const gateway = useRememberedGateway();

  it('has psql trust the authority of a job, which no sign-in named', async () => {
    const home = join(gateway.home, 'job');
    mkdirSync(home);
    const file = join(home, 'trusted');
    // In the place of psql.
    writeFileSync(join(home, 'psql'), `#!/bin/sh\ncp "$PGSSLROOTCERT" '${file}'\n`, {
      mode: 0o755,
    });
    const environment = {
      ...{ HOME: home, SALLYPORT_TOKEN: 'alice-token' },
      PATH: `${home}:/usr/bin:/bin`,
    };
    const { url, ca, services } = gateway.plane;
    await rememberGateway(environment, { url, configuration: services.clientConfiguration() });
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, ca]);
    try {
      assert.equal((await runForOutcome(['psql', 'hospital'], { environment })).code, 0);
    } finally {
      setDefaultCACertificates(trusted);
    }
    assert.ok(readFileSync(file, 'utf8').includes(ca.trim()));
  });

  it('says which name was meant where psql was not let in, and exits as psql does', async () => {
    const home = join(gateway.home, 'mistyped');
    mkdirSync(home);
    writeFileSync(join(home, 'psql'), '#!/bin/sh\nexit 2\n', { mode: 0o755 });
    const environment = {
      HOME: gateway.home,
      SALLYPORT_TOKEN: 'alice-token',
      PATH: `${home}:/usr/bin:/bin`,
    };
    const mistyped = await runForOutcome(['psql', 'hospitl'], { environment });
    assert.equal(mistyped.code, 2);
    assert.match(mistyped.err, /^Did you mean hospital\? There are: /m);
    const right = await runForOutcome(['psql', 'hospital'], { environment });
    assert.deepEqual({ code: right.code, err: right.err }, { code: 2, err: '' });
  });
});
