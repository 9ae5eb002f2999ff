import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Log } from '../telemetry/log.ts';
import { FakeIndex, makeSession, SUMMARY, turn } from './session.fixture.ts';
import { SessionListing } from './session-listing.ts';

const CLIENT = { clientAddress: '127.0.0.1:50000', applicationName: 'psql', recordingPath: 'a' };

function openListing(index: FakeIndex): { listing: SessionListing; events: string[] } {
  const events: string[] = [];
  const log: Log = { write: (_level, event) => void events.push(event) };
  return { listing: new SessionListing(index, 'gateway', log, () => 9_000), events };
}

describe('SessionListing', () => {
  it('lists how a session ended', async () => {
    const index = new FakeIndex();
    const { listing } = openListing(index);
    const session = makeSession();
    listing.start(session, CLIENT);
    session.finish('client-left');
    listing.end(session, SUMMARY);
    await listing.settle();
    const end = index.ends.get('s1');
    assert.deepEqual(
      [end?.endedAtMs, end?.reason, end?.recordingSha256],
      [9_000, 'client-left', SUMMARY.sha256],
    );
  });

  it('lists an end behind its start, however long that takes', async () => {
    const index = new FakeIndex();
    const slow = Promise.withResolvers<void>();
    index.until = slow.promise;
    const { listing } = openListing(index);
    const session = makeSession();
    listing.start(session, CLIENT);
    index.until = Promise.resolve();
    listing.end(session, undefined);
    await turn();
    assert.deepEqual(index.calls, []);
    slow.resolve();
    await listing.settle();
    assert.deepEqual(index.calls, ['start s1', 'end s1']);
  });

  it('goes on without a list that cannot be written', async () => {
    const index = new FakeIndex();
    index.failure = new Error('the store is away');
    const { listing, events } = openListing(index);
    const session = makeSession();
    listing.start(session, CLIENT);
    listing.end(session, undefined);
    await listing.settle();
    assert.deepEqual(index.calls, []);
    assert.equal(events.length, 4, events.join());
  });

  it('settles once all ends are listed, and not before', async () => {
    const index = new FakeIndex();
    const slow = Promise.withResolvers<void>();
    index.until = slow.promise;
    const { listing } = openListing(index);
    listing.end(makeSession(), undefined);
    let isSettled = false;
    const settled = listing.settle().then(() => {
      isSettled = true;
    });
    await turn();
    assert.equal(isSettled, false);
    slow.resolve();
    await settled;
    assert.deepEqual(index.calls, ['end s1']);
  });

  it('does not wait for ever for a store that hangs', async () => {
    const index = new FakeIndex();
    index.until = new Promise(() => undefined);
    const { listing } = openListing(index);
    listing.end(makeSession(), undefined);
    await listing.settle(1);
    assert.deepEqual(index.calls, []);
  });
});
