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
