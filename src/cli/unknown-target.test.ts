import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import { runForOutcome } from './cli-outcome.fixture.ts';
import { suggestTarget } from './unknown-target.ts';
import { useRememberedGateway } from './use-remembered-gateway.fixture.ts';

describe('suggestTarget', () => {
  it('asks whether the closest name was meant, and lists all', () => {
    const names = ['fhir', 'hospital', 'reports'];
    const list = 'There are: fhir, hospital, reports.';
    assert.equal(suggestTarget('hospitl', names), `Did you mean hospital? ${list}`);
    assert.equal(suggestTarget('hopsital', names), `Did you mean hospital? ${list}`);
    assert.equal(suggestTarget('fhirs', names), `Did you mean fhir? ${list}`);
    assert.equal(suggestTarget('laboratory', names), list);
    assert.equal(suggestTarget('hospital', []), undefined);
  });
});

describe('a name that is no target', () => {
  const gateway = useRememberedGateway();

  it('is answered with those that there are, where it is to be explained or connected to', async () => {
    gateway.plane.services = createFakeServices({ explain: async () => undefined });
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'alice-token' };
    for (const args of [
      ['explain', 'hospitl', '-c', 'select 1'],
      ['connect', 'hospitl'],
    ]) {
      const { code, err } = await runForOutcome(args, { environment });
      assert.equal(code, 1);
      assert.match(err, /There is no \w+ "hospitl" that you may connect to/);
      assert.match(err, /^Did you mean hospital\? There are: hospital, payroll\.$/m);
    }
  });
});
