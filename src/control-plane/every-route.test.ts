import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CallAnswer,
  type CallOptions,
  callControlPlane,
} from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { RouteId } from '../api/route.ts';
import { ROUTES } from '../api/routes.ts';
import { BROWSER_ROUTES } from './browser/add-browser-routes.ts';

describe('the control plane', () => {
  const fake = useFakeControlPlane();

  const call = (method: string, path: string, options?: CallOptions): Promise<CallAnswer> =>
    callControlPlane(fake, method, path, options);

  /** A body that each route takes, where it takes one. */
  const BODIES: Readonly<Partial<Record<RouteId, unknown>>> = {
    reviewRequest: { verdict: 'approve' },
    requestGrant: { grant: 'on-call', target: 'hospital', durationSeconds: 60, reason: 'x' },
    breakGlass: { grant: 'on-call', target: 'hospital', durationSeconds: 60, reason: 'x' },
    extendGrant: { durationSeconds: 60, reason: 'x' },
    revokeGrant: { reason: 'x' },
    createDelegation: { to: 'idp:officer', durationSeconds: 60, reason: 'x' },
    issueSshCertificate: { publicKey: 'ssh-ed25519 AAAA' },
    explainStatement: { sql: 'select 1' },
    discoverTarget: {},
    confirmDataMap: { columns: [], patientKeys: [] },
    endSession: { reason: 'x' },
    joinSession: {},
    typeInSession: { bytes: 'bHM=' },
    holdKeyboard: { hold: true },
    addConnector: { name: 'ward-3' },
    applyConfiguration: { files: [{ path: 'sallyport.yaml', content: '' }] },
    replayExport: { from: '2026-01-01T00:00:00Z' },
    closeAlert: { state: 'dismissed', reason: 'x' },
    findDisclosures: { patient: '4711' },
    startHold: { from: '2026-01-01', until: '2026-01-31', reason: 'x' },
    endHold: { reason: 'x' },
    validatePolicies: { files: [] },
    testPolicies: {},
    replayPolicies: {},
  };

  describe('every route', () => {
    for (const route of ROUTES) {
      const { access, method, id } = route;
      const path = route.path
        .replace('{id}', idOfBob(route.path))
        .replace('{join}', '0b54c1d2-6a0e-4b7c-9d0a-1f2e3d4c5b6a')
        .replace('{name}', 'hospital')
        .replace('{log}', 'gw.0')
        .replace('{index}', '0');
      const body = BODIES[id];
      const json = body === undefined ? {} : { json: JSON.stringify(body) };
      const signedIn = access.kind !== 'public' && access.kind !== 'token';

      it(`${id} ${signedIn ? 'turns away' : 'serves'} whoever is not signed in`, async () => {
        for (const authorization of [
          [],
          ['Bearer wrong'],
          ['Bearer '],
          ['Basic YWxpY2U6cGFzcw=='],
          ['bob-token'],
          ['Bearer bob-token', 'Bearer bob-token'],
          ['Bearer bob-token, Bearer bob-token'],
        ]) {
          const { status, text } = await call(method, path, { authorization, ...json });
          assert.equal(status === 401, signedIn, `${authorization.join()} got ${status}`);
          if (signedIn) {
            assert.deepEqual((JSON.parse(text) as { code: unknown }).code, 'not-signed-in');
            assert.equal(fake.services.questions.length, 0);
          }
        }
      });

      it(`${id} shows nothing of others to somebody whom policy denies everything`, async () => {
        fake.services.allow = () => false;
        const { status, text } = await call(method, path, {
          authorization: ['Bearer alice-token'],
          ...json,
        });
        if (access.kind.endsWith('policy')) assert.equal(status, 403);
        assert.doesNotMatch(text, /bob|payroll|Ada/);
        // A grant that alice was given is on a target that she named herself.
        if (id !== 'requestGrant') assert.doesNotMatch(text, /hospital/);
      });

      it(`${id} cannot be had by another method`, async () => {
        for (const other of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE']) {
          if (ROUTES.some((one) => one.method === other && one.path === route.path)) continue;
          const { status } = await call(other, path, { authorization: ['Bearer alice-token'] });
          assert.equal(status, 404, other);
        }
      });

      it(`${id} sends security headers`, async () => {
        const { headers } = await call(method, path);
        assert.equal(headers['cache-control'], 'no-store');
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      });
    }

    it('takes a body for each that has one in the contract', () => {
      for (const { id, json } of ROUTES) {
        assert.equal(BODIES[id] !== undefined, json !== undefined, id);
      }
    });

    it('is in the route table: anything else is not found', async () => {
      for (const path of [
        '/',
        '/v1',
        '/v1/',
        '/v1/sessions/s-bob/',
        '/v1//whoami',
        '/v1/whoami/..',
        '/V1/whoami',
        '/v1/sessions/..%2fwhoami',
        '/v1/sessions/%00',
      ]) {
        const { status } = await call('GET', path, { authorization: ['Bearer alice-token'] });
        assert.equal(status, 404, path);
      }
    });
  });

  /** The id of something of bob's, of the kind that a path names. */
  function idOfBob(path: string): string {
    if (path.includes('/requests/')) return 'req_bob';
    if (path.includes('/grants/')) return 'gr_bob';
    return path.includes('/delegations/') ? 'del_bob' : 's-bob';
  }

  describe('routes beside the contract', () => {
    for (const { method, path } of BROWSER_ROUTES) {
      it(`${path} shows nothing of anybody`, async () => {
        const { status, text } = await call(method, path);
        assert.ok(status < 500, String(status));
        assert.doesNotMatch(text, /alice|bob|hospital|payroll|Ada/);
      });
    }
  });

  describe('what belongs to somebody', () => {
    const as = (name: string): CallOptions => ({ authorization: [`Bearer ${name}-token`] });
    const send = (name: string, path: string, body: unknown): Promise<CallAnswer> =>
      call('POST', path, { ...as(name), json: JSON.stringify(body) });

    it('is not there for others', async () => {
      for (const path of ['/v1/requests/req_bob', '/v1/grants/gr_bob']) {
        assert.equal((await call('GET', path, as('alice'))).status, 404, path);
        assert.equal((await call('GET', path, as('bob'))).status, 200, path);
        assert.equal((await call('GET', path, as('officer'))).status, 200, path);
      }
      for (const [path, body] of [
        ['/v1/requests/req_bob/reviews', { verdict: 'approve' }],
        ['/v1/grants/gr_bob/revoke', { reason: 'x' }],
        ['/v1/grants/gr_bob/extend', { durationSeconds: 60, reason: 'x' }],
      ] as const) {
        assert.equal((await send('alice', path, body)).status, 404, path);
      }
    });

    it('is shown without its values to who may not see them, and the reading is entered', async () => {
      fake.services.allow = ({ action }) => action !== 'session.watch';
      const officer = await call('GET', '/v1/requests/req_bob', as('officer'));
      assert.doesNotMatch(officer.text, /123-45-6789|987-65-4321|efef/);
      assert.deepEqual(
        fake.services.entries.map(({ kind }) => kind),
        ['request.read'],
      );
      const bob = await call('GET', '/v1/requests/req_bob', as('bob'));
      assert.match(bob.text, /123-45-6789/);
      fake.services.ledgerWorks = false;
      assert.equal((await call('GET', '/v1/requests/req_bob', as('officer'))).status, 503);
    });

    it('shows values to whom policy reveals them in the one request, and not in lists', async () => {
      fake.services = createFakeServices({
        revealedClasses: () => ({ names: new Set(['ssn']), areAll: false }),
      });
      assert.match((await call('GET', '/v1/requests/req_bob', as('officer'))).text, /123-45-6789/);
      const list = await call('GET', '/v1/requests', as('officer'));
      assert.match(list.text, /req_bob/);
      assert.doesNotMatch(list.text, /123-45-6789|987-65-4321/);
      assert.match((await call('GET', '/v1/requests', as('bob'))).text, /123-45-6789/);
    });

    it('is done once with an Idempotency-Key', async () => {
      const body = { grant: 'on-call', target: 'hospital', durationSeconds: 60, reason: 'x' };
      const send = (name: string, reason: string): Promise<CallAnswer> =>
        call('POST', '/v1/grant-requests', {
          ...as(name),
          json: JSON.stringify({ ...body, reason }),
          headers: { 'idempotency-key': 'k-1' },
        });
      const first = await send('alice', 'x');
      assert.equal(first.status, 201);
      const second = await send('alice', 'x');
      assert.deepEqual([second.status, second.text], [first.status, first.text]);
      assert.equal((await send('alice', 'another')).status, 422);
      assert.equal((await send('bob', 'x')).status, 201);
      assert.equal(fake.services.access.calls.length, 2);
      const bad = {
        ...as('alice'),
        json: JSON.stringify(body),
        headers: { 'idempotency-key': 'é' },
      };
      assert.equal((await call('POST', '/v1/grant-requests', bad)).status, 400);
    });
  });

  describe('what is read out of the ledger', () => {
    for (const [method, path, body] of [
      ['GET', '/v1/sessions?q=patients', undefined],
      ['GET', '/v1/ledger/logs', undefined],
      ['GET', '/v1/overview', undefined],
      ['POST', '/v1/policies/replay', {}],
      ['POST', '/v1/targets/hospital/disclosures', { patient: 'x' }],
    ] as const) {
      it(`says at ${path} which logs are missing`, async () => {
        const json = body === undefined ? {} : { json: JSON.stringify(body) };
        const { text } = await call(method, path, {
          authorization: ['Bearer officer-token'],
          ...json,
        });
        assert.match(text, /"coverage":\{"read":\[.*\],"missing":\["[a-z.01]+"\]\}/);
      });
    }
  });

  describe('what the ledger has of the asking', () => {
    const asOfficer: CallOptions = { authorization: ['Bearer officer-token'] };

    for (const [method, path, body, kind] of [
      ['GET', '/v1/sessions/s-bob/timeline', undefined, 'session.read'],
      ['GET', '/v1/sessions/s-bob/live', undefined, 'recording.watch'],
      ['GET', '/v1/sessions?q=patients', undefined, 'session.search'],
      ['GET', '/v1/sessions?q=patients&cursor=9999999999999.x', undefined, 'session.search'],
      ['POST', '/v1/sessions/s-bob/end', { reason: 'x' }, 'session.stop'],
      ['POST', '/v1/targets/hospital/discover', {}, 'target.discover'],
      [
        'POST',
        '/v1/targets/hospital/data-map',
        { columns: [], patientKeys: [] },
        'configuration.change',
      ],
      ['POST', '/v1/policies/replay', {}, 'policy.replay'],
      ['GET', '/v1/ledger/entries?log=gw.0', undefined, 'ledger.read'],
    ] as const) {
      it(`${kind} comes before the answer to ${path}`, async () => {
        const options =
          body === undefined ? asOfficer : { ...asOfficer, json: JSON.stringify(body) };
        const done = await call(method, path, options);
        assert.equal(done.status, 200, done.text);
        const entry = fake.services.entries.find((one) => one.kind === kind);
        assert.equal(entry?.['principal'], 'idp:officer');
        fake.services.ledgerWorks = false;
        const refused = await call(method, path, options);
        assert.equal(refused.status, 503, refused.text);
      });
    }
  });
});
