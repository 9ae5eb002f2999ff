import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { AuthenticationResult } from '../identity/authenticator.ts';
import { createSallyportToken, hashToken } from '../identity/sallyport-token.ts';
import type { Session, SessionEnd } from '../protocols/protocol.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { admitted, closeGateways, GREETING, NOBODY, openGateway } from './door.fixture.ts';
import { Policies } from './policies.ts';
import { PseudonymBudget } from './pseudonym-budget.ts';
import {
  ALICE,
  FakeIndex,
  FakeRecorder,
  HOSPITAL,
  loadPolicies,
  PERMIT_ALL,
  turn,
} from './session.fixture.ts';
import { SessionListing } from './session-listing.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Takes places until there is none, and gives them back: how many were free for Alice. */
function countFree(registry: SessionRegistry): number {
  const limits = { connectionsMax: 1_000, connectionsPerPrincipalMax: 2 };
  let count = 0;
  while (registry.reserve(ALICE, limits)) count += 1;
  for (let left = count; left > 0; left--) registry.release(ALICE);
  return count;
}

describe('GatewayDoor', () => {
  afterEach(() => {
    closeGateways();
  });

  it('is asked about the client in the words that its session goes on with', async () => {
    const name = 'x'.repeat(256);
    const policies = new Policies(
      loadPolicies(`@id("x") permit(principal, action, resource) when {
        !(context has applicationName) || context.applicationName == "${name}" };`),
    );
    const { admit, ledger } = openGateway({ policies });
    const session = admitted(await admit({ applicationName: `${name} and more` }));
    assert.equal(ledger.ofKind('session.start')[0]?.['applicationName'], name);
    session.close();
  });

  it('enters the start before it lets the client in, and the end once', async () => {
    const { ledger, registry, admit, sessionEntries, index } = openGateway();
    ledger.held = [];
    let isIn = false;
    const admission = admit().then((one) => {
      isIn = true;
      return one;
    });
    await turn();
    assert.equal(isIn, false);
    for (const answer of ledger.held.splice(0)) answer();
    const session = admitted(await admission);
    const [start] = ledger.ofKind('session.start');
    assert.deepEqual(
      [start?.session, start?.['target'], start?.['database'], start?.['policies']],
      [session.id, 'hospital', 'hospital', ['analysts']],
    );
    assert.equal(countFree(registry), 1);
    session.finish('client-left');
    session.close();
    session.close();
    await turn();
    assert.deepEqual(sessionEntries(), ['session.start', 'session.end']);
    assert.equal(countFree(registry), 2);
    assert.deepEqual(index.calls, [`start ${session.id}`, `end ${session.id}`]);
  });

  it('tells a client nothing by which to know forbidden targets from unknown ones', async () => {
    const { ledger, admit, registry } = openGateway();
    const answers = [
      await admit({ targetName: 'vault' }),
      await admit({ targetName: 'nosuch' }),
      await admit({ targetName: 'hospital/other' }),
      await admit({ targetName: 'hospital', principal: { ...ALICE, groups: [] } }),
    ];
    const seen = answers.map((answer) =>
      JSON.stringify(answer).replaceAll(/vault|nosuch|hospital\/other|hospital/g, '*'),
    );
    assert.equal(new Set(seen).size, 1, seen.join());
    assert.deepEqual(
      ledger.entries.map(({ kind, reason }) => [kind, reason]),
      [
        ['session.refuse', 'not-permitted'],
        ['session.refuse', 'unknown-target'],
        ['session.refuse', 'unknown-target'],
        ['session.refuse', 'not-permitted'],
      ],
    );
    assert.equal(countFree(registry), 2);
  });

  it('says the same about targets when there is no place left', async () => {
    const { admit, registry } = openGateway({
      pseudonyms: new PseudonymBudget(
        () => 0,
        () => 10,
      ),
      limits: () => ({ connectionsMax: 0, connectionsPerPrincipalMax: 0 }),
    });
    const reasons = [];
    for (const targetName of ['vault', 'nosuch', 'hospital']) {
      const admission = await admit({ targetName });
      reasons.push(admission.kind === 'refused' && admission.reason);
    }
    assert.deepEqual(reasons, ['hidden', 'hidden', 'too-many']);
    assert.equal(countFree(registry), 2);
  });

  it('lets no more in than there are places, all at once as one by one', async () => {
    const { admit, registry, sessionEntries } = openGateway();
    const principals = ['a', 'a', 'a', 'b', 'b', 'c'].map((id) => ({ ...ALICE, id }));
    const admissions = await Promise.all(principals.map((principal) => admit({ principal })));
    const sessions = admissions.flatMap((one) => (one.kind === 'admitted' ? [one.session] : []));
    assert.deepEqual(
      sessions.map(({ principal }) => principal.id),
      ['a', 'a', 'b'],
    );
    assert.equal(registry.size, 3);
    for (const session of sessions) session.close();
    await turn();
    assert.equal(registry.size, 0);
    assert.equal(sessionEntries().filter((kind) => kind === 'session.start').length, 3);
    assert.equal(sessionEntries().filter((kind) => kind === 'session.end').length, 3);
    admitted(await admit({ principal: { ...ALICE, id: 'c' } }));
  });

  it('lets nobody in while the ledger fails, and keeps no place for them', async () => {
    const { ledger, admit, registry, recorder, index } = openGateway();
    ledger.isWritable = ({ kind }) => kind !== 'session.start';
    for (const targetName of ['hospital', 'recorded', 'recorded']) {
      const admission = await admit({ targetName });
      assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    }
    assert.equal(recorder.finished, 2);
    assert.equal(registry.size, 0);
    assert.equal(countFree(registry), 2);
    assert.deepEqual(ledger.entries, []);
    assert.deepEqual(index.calls, []);
  });

  it('lets nobody in whose recording cannot begin', async () => {
    const { admit, registry, sessionEntries } = openGateway({
      openRecording: () => Promise.reject(new Error('disk full')),
    });
    const admission = await admit({ targetName: 'recorded' });
    assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    assert.deepEqual(sessionEntries(), []);
    assert.equal(countFree(registry), 2);
    admitted(await admit({ targetName: 'hospital' }));
  });

  it('keeps the raw track from the start where the permit to connect asks for it', async () => {
    const raw = new FakeRecorder();
    const { admit, ledger } = openGateway({
      policies: new Policies(loadPolicies(`@record("raw") ${PERMIT_ALL}`)),
      openRawTrack: async ({ id }) => {
        assert.equal(ledger.ofKind('session.start')[0]?.session, id);
        return { recorder: raw, path: 'raw', onFailure() {} };
      },
    });
    const session = admitted(await admit());
    assert.equal(session.rawTrack, raw);
    session.close();
    await turn();
    assert.equal(raw.finished, 1);
    assert.equal(session.rawTrack, undefined);
    assert.deepEqual(ledger.ofKind('session.end')[0]?.['raw'], await raw.finish());
  });

  it('lets nobody in whose raw track cannot begin', async () => {
    const { admit, registry, sessionEntries } = openGateway({
      policies: new Policies(loadPolicies(`@record("raw") ${PERMIT_ALL}`)),
      openRawTrack: () => Promise.reject(new Error('disk full')),
    });
    const admission = await admit();
    assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    await turn();
    assert.equal(registry.size, 0);
    assert.equal(countFree(registry), 2);
    assert.deepEqual(sessionEntries(), ['session.start', 'session.end']);
  });

  it('lets nobody in while the spool is full', async () => {
    const { admit, sessionEntries, ledger } = openGateway({ spool: { state: 'refuse' } });
    const admission = await admit();
    assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    assert.deepEqual(sessionEntries(), ['session.refuse']);
    assert.equal(ledger.entries.at(-1)?.['reason'], 'storage-full');
  });

  it('gives the place back if the gateway itself fails amid an admission', async () => {
    const listing = new SessionListing(new FakeIndex(), 'gateway', SILENT_LOG, () => 0);
    listing.start = () => assert.fail('a fault of ours');
    const { admit, registry, sessionEntries } = openGateway({ listing });
    await assert.rejects(admit(), /a fault of ours/);
    await turn();
    assert.equal(registry.size, 0);
    assert.equal(countFree(registry), 2);
    assert.deepEqual(sessionEntries(), ['session.start', 'session.end']);
  });

  it('ends a session whose recording cannot go on', async () => {
    const { admit, recordingFailed, ledger, recorder } = openGateway();
    const session = admitted(await admit({ targetName: 'recorded' }));
    recordingFailed.resolve(new Error('disk full'));
    await turn();
    assert.equal(abortOf(session), 'recording-failed');
    session.finish('recording-failed');
    session.close();
    await turn();
    assert.equal(recorder.finished, 1);
    assert.deepEqual(
      ledger.ofKind('session.end').map(({ reason }) => reason),
      ['recording-failed'],
    );
    const [start] = ledger.ofKind('session.start');
    assert.equal(start?.['recording'], `${session.id}.rec`);
  });

  it('gives the place back though the list of sessions hangs', async () => {
    const { admit, registry, index, sessionEntries } = openGateway();
    index.until = new Promise(() => undefined);
    const session = admitted(await admit());
    session.close();
    await turn();
    assert.equal(registry.size, 0);
    assert.equal(countFree(registry), 2);
    assert.deepEqual(sessionEntries(), ['session.start', 'session.end']);
    await registry.endAll('gateway-stopping');
  });

  it('ends at once a session that was being let in when the gateway began to stop', async () => {
    const { admit, registry, ledger, sessionEntries } = openGateway();
    ledger.held = [];
    const admission = admit();
    await turn();
    let isStopped = false;
    const stopped = registry.endAll('gateway-stopping').then(() => {
      isStopped = true;
    });
    for (const answer of ledger.held.splice(0)) answer();
    ledger.held = undefined;
    const session = admitted(await admission);
    assert.equal(abortOf(session), 'gateway-stopping');
    assert.equal(isStopped, false);
    session.close();
    await stopped;
    assert.deepEqual(sessionEntries(), ['session.start', 'session.end']);
  });

  it('lets nobody into a target that asks for witnesses while they are away', async () => {
    const { admit, ledger } = openGateway({ isWitnessed: (target) => target !== HOSPITAL.name });
    const admission = await admit();
    assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    assert.deepEqual(
      ledger.entries.map(({ kind, reason }) => [kind, reason]),
      [['session.refuse', 'not-witnessed']],
    );
  });

  it('lets nobody in any more once the gateway is stopping', async () => {
    const { admit, registry, ledger } = openGateway();
    await registry.endAll('gateway-stopping');
    const admission = await admit();
    assert.equal(admission.kind === 'refused' && admission.reason, 'unavailable');
    assert.deepEqual(
      ledger.entries.map(({ kind, reason }) => [kind, reason]),
      [['session.refuse', 'gateway-stopping']],
    );
  });

  it('enters no more of a name than anybody needs', async () => {
    const { admit, ledger } = openGateway();
    await admit({ targetName: 'x'.repeat(10_000), applicationName: 'y'.repeat(10_000) });
    const [entry] = ledger.entries;
    assert.equal(String(entry?.['target']).length, 256);
    assert.equal(String(entry?.['applicationName']).length, 256);
  });

  it('enters who signed in and who was turned away, never the token', async () => {
    const token = createSallyportToken();
    const results: AuthenticationResult[] = [
      { kind: 'rejected', reason: 'revoked' },
      { kind: 'authenticated', principal: ALICE },
    ];
    const authenticate = (): Promise<AuthenticationResult> =>
      Promise.resolve(results.shift() ?? assert.fail('asked too often'));
    const { door, ledger, registry } = openGateway({ authenticator: { ...NOBODY, authenticate } });
    const { signal } = new AbortController();
    assert.equal((await door.authenticate(token, signal)).kind, 'rejected');
    assert.equal((await door.authenticate(token, signal)).kind, 'authenticated');
    assert.deepEqual(
      ledger.entries.map(({ kind, reason }) => [kind, reason]),
      [
        ['sign-in.refuse', 'revoked'],
        ['sign-in', undefined],
      ],
    );
    const session = admitted(await door.admit(GREETING));
    assert.deepEqual(
      [...registry.byTokenHash()].map(([hash, sessions]) => [hash, sessions[0]?.id]),
      [[hashToken(token).toString('hex'), session.id]],
    );
    assert.equal(JSON.stringify(ledger.entries).includes(token), false);
  });
});

/** Why a session has to end, if it must already. */
function abortOf(session: Session): SessionEnd | undefined {
  let reason: SessionEnd | undefined;
  session.onAbort((given) => {
    reason = given;
  });
  return reason;
}
