import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { AuthenticationResult } from '../identity/authenticator.ts';
import { createSallyportToken, hashCertificate } from '../identity/sallyport-token.ts';
import { admitted, closeGateways, GREETING, NOBODY, openGateway } from './door.fixture.ts';
import { ALICE } from './session.fixture.ts';

describe('GatewayDoor, for SSH', () => {
  afterEach(closeGateways);

  it('leads a client of SSH to an account of a host, and says both', async () => {
    const { ledger, open: openDoor } = openGateway();
    const door = openDoor('ssh');
    const session = admitted(await door.admit({ ...GREETING, targetName: 'deploy@ward' }));
    assert.deepEqual(
      [session.target.name, session.account, session.database],
      ['ward', 'deploy', ''],
    );
    const [start] = ledger.ofKind('session.start');
    assert.deepEqual(
      [start?.['target'], start?.['protocol'], start?.['account'], start?.['database']],
      ['ward', 'ssh', 'deploy', undefined],
    );
    const refused = await door.admit({ ...GREETING, targetName: 'root@ward' });
    assert.equal(refused.kind === 'refused' && refused.reason, 'hidden');
    const database = await door.admit({ ...GREETING, targetName: 'hospital' });
    assert.equal(database.kind === 'refused' && database.reason, 'hidden');
  });

  it('leads a connection within another to the one target that it is for, and nowhere else', async () => {
    const token = createSallyportToken();
    const authenticate = (): Promise<AuthenticationResult> =>
      Promise.resolve({ kind: 'authenticated', principal: ALICE });
    const gateway = openGateway({ authenticator: { ...NOBODY, authenticate } });
    const outer = gateway.open('ssh');
    await outer.authenticate(token, new AbortController().signal);
    const inner = outer.within('ward');
    const session = admitted(await inner.admit({ ...GREETING, targetName: 'deploy' }));
    assert.equal(session.target.name, 'ward');
    assert.equal(gateway.registry.byTokenHash().size, 0, 'it has not signed in by itself');
    for (const targetName of ['deploy@ward', 'ward', '', 'hospital']) {
      const refused = await inner.admit({ ...GREETING, targetName });
      assert.equal(refused.kind === 'refused' && refused.reason, 'hidden', targetName);
    }
    const nowhere = await outer.within('nowhere').admit({ ...GREETING, targetName: 'deploy' });
    assert.deepEqual(nowhere, {
      kind: 'refused',
      reason: 'hidden',
      message:
        'target "nowhere" with the account "deploy" does not exist, or you may not connect to it',
    });
  });

  it('lets nobody in by a sign-in that is over by then: between the two, a client of SSH may wait', async () => {
    let nowMs = 5_000;
    const disabled = new Set<string>();
    const revoked = new Set<string>();
    const tokenHash = hashCertificate(Buffer.from('certificate')).toString('hex');
    const principal = { ...ALICE, expiresAtMs: 1_000_000 };
    const gateway = openGateway({
      nowMs: () => nowMs,
      isDisabled: (id) => disabled.has(id),
      stillCounts: (hash) => Promise.resolve(!revoked.has(hash.toString('hex'))),
      authenticator: {
        ...NOBODY,
        authenticateCertificate: () => Promise.resolve({ kind: 'authenticated', principal }),
      },
    });
    const tryLater = async (change: () => void): Promise<readonly unknown[]> => {
      nowMs = 5_000;
      const door = gateway.open('ssh');
      await door.authenticateCertificate(Buffer.from('certificate'), new AbortController().signal);
      nowMs = 100_000;
      change();
      const admission = await door.admit({ ...GREETING, principal, targetName: 'ward' });
      if (admission.kind === 'admitted') admission.session.close();
      return admission.kind === 'refused' ? [admission.reason, admission.message] : [];
    };
    const over = ['unavailable', 'the sign-in of this connection is over; connect again'];
    assert.deepEqual(await tryLater(() => undefined), []);
    assert.deepEqual(await tryLater(() => (nowMs = 1_000_000)), over);
    assert.deepEqual(await tryLater(() => disabled.add(principal.id)), over);
    disabled.clear();
    assert.deepEqual(await tryLater(() => revoked.add(tokenHash)), over);
    assert.deepEqual(
      gateway.ledger.ofKind('session.refuse').map(({ reason }) => reason),
      ['sign-in-over', 'sign-in-over', 'sign-in-over'],
    );
    assert.equal(gateway.ledger.ofKind('session.start').length, 1);
  });

  it('lets nobody in of whom it cannot be told whether their sign-in is over', async () => {
    let nowMs = 5_000;
    const gateway = openGateway({
      nowMs: () => nowMs,
      stillCounts: () => Promise.reject(new Error('the store is away')),
      authenticator: {
        ...NOBODY,
        authenticateCertificate: () => Promise.resolve({ kind: 'authenticated', principal: ALICE }),
      },
    });
    const door = gateway.open('ssh');
    await door.authenticateCertificate(Buffer.from('certificate'), new AbortController().signal);
    nowMs = 100_000;
    assert.deepEqual(await door.admit({ ...GREETING, targetName: 'ward' }), {
      kind: 'refused',
      reason: 'unavailable',
      message: 'sign-ins cannot be checked at present; connect again in a moment',
    });
  });

  it('ends a session by what its own client signed in by, whatever else was confirmed meanwhile', async () => {
    const certificate = Buffer.from('certificate');
    const outcome = Promise.withResolvers<AuthenticationResult>();
    const gateway = openGateway({
      authenticator: {
        ...NOBODY,
        authenticateCertificate: () => Promise.resolve({ kind: 'authenticated', principal: ALICE }),
      },
      deviceSignIns: {
        begin: () =>
          Promise.resolve({
            ...{ kind: 'begun', url: 'https://login', userCode: 'ABCD', completeUrl: undefined },
            ...{ expiresAtMs: 1, outcome: outcome.promise },
          }),
      },
    });
    const { signal } = new AbortController();
    const door = gateway.open('ssh');
    const begun = await door.beginDeviceSignIn(signal);
    await door.authenticateCertificate(certificate, signal);
    outcome.resolve({ kind: 'authenticated', principal: { ...ALICE, id: 'clinic:mallory' } });
    await (begun.kind === 'begun' && begun.outcome);
    const session = admitted(await door.admit({ ...GREETING, targetName: 'ward' }));
    assert.deepEqual(
      [...gateway.registry.byTokenHash()].map(([hash, sessions]) => [hash, sessions[0]?.id]),
      [[hashCertificate(certificate).toString('hex'), session.id]],
    );
  });

  it('enters who signed in by a certificate or by a code, and by which certificate it ends', async () => {
    const certificate = Buffer.from('certificate');
    const result: AuthenticationResult = { kind: 'authenticated', principal: ALICE };
    const gateway = openGateway({
      authenticator: { ...NOBODY, authenticateCertificate: () => Promise.resolve(result) },
      deviceSignIns: {
        begin: () =>
          Promise.resolve({
            ...{ kind: 'begun', url: 'https://login', userCode: 'ABCD', completeUrl: undefined },
            ...{
              expiresAtMs: 1,
              outcome: Promise.resolve({ kind: 'rejected', reason: 'declined' }),
            },
          }),
      },
    });
    const { signal } = new AbortController();
    const door = gateway.open('ssh');
    await door.authenticateCertificate(certificate, signal);
    const session = admitted(await door.admit({ ...GREETING, targetName: 'ward' }));
    assert.deepEqual(
      [...gateway.registry.byTokenHash()].map(([hash, sessions]) => [hash, sessions[0]?.id]),
      [[hashCertificate(certificate).toString('hex'), session.id]],
    );
    const begun = await door.beginDeviceSignIn(signal);
    assert.equal(begun.kind === 'begun' && (await begun.outcome).kind, 'rejected');
    assert.deepEqual(
      gateway.ledger.entries
        .map(({ kind, reason }) => [kind, reason])
        .filter(([kind]) => kind !== 'session.start'),
      [
        ['sign-in', undefined],
        ['sign-in.refuse', 'declined'],
      ],
    );
  });
});
