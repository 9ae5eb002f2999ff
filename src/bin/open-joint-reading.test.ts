import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Disclosure } from '../audit/find-disclosures.ts';
import type { LedgerPiece } from '../audit/ledger-pieces.ts';
import type { LogDescription } from '../audit/ledger-reader.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import {
  decodePeerQuestion,
  encodePeerQuestion,
  type PeerQuestion,
} from '../gateway/peers/peer-question.ts';
import type { GuestQuestion } from '../gateway/session-guests.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { answerPeers } from './answer-peers.ts';
import { type JointReading, openJointReading } from './open-joint-reading.ts';
import type { OwnReading } from './open-own-reading.ts';

const NO_SIGNAL = new AbortController().signal;

interface Asked {
  readonly guests: string[];
  readonly cancels: number[];
}

/** What a gateway has: a log of its own, one session, one disclosure at `at`. */
function ownReading(gateway: string, at: string): OwnReading {
  const log: LogDescription = {
    name: `${gateway}.0`,
    publicKey: `${gateway}.0+key`,
    checkpoint: undefined,
  };
  return {
    async *sessionEntries() {},
    async searchStatements(text) {
      return new Map([[`session of ${gateway}`, [{ at, text }]]]);
    },
    async countToday() {
      return { since: at, sessions: 1, operations: 2, refusals: 3, maskedValues: 4 };
    },
    lastOperations: async (count) =>
      Array.from({ length: count }, (_, index) => ({
        logName: log.name,
        entry: { at: `${at}-${count - index}` },
      })) as unknown as readonly StoredEntry[],
    async *ledgerPieces() {
      yield { file: `${log.name}/checkpoints`, bytes: Buffer.from(at) };
    },
    async findDisclosures() {
      const disclosures = (async function* () {
        yield { at, logName: log.name } as Disclosure;
      })();
      return { patientHash: 'h', disclosures };
    },
    ledgerFiles: {
      listLogs: async () => [log],
      listCheckpoints: async () => [],
      listEntries: async () => ({ entries: [], nextBeforeSeq: undefined }),
      prove: async () => undefined,
      readContent: async () => ({ state: 'none' }),
    },
    async *follow() {},
    async *playback() {
      yield { kind: 'done', atMs: 1, tag: gateway };
    },
    rawTrack: async () =>
      (async function* () {
        yield Buffer.from(gateway);
      })(),
  };
}

/** `gw-0`, which asks `gw-1`; `gw-2` is on the list, and does not answer. */
function openTwo(): { readonly reading: JointReading; readonly asked: Asked } {
  const asked: Asked = { guests: [], cancels: [] };
  const guestsOf = (gateway: string) => async (log: string, question: GuestQuestion) => {
    asked.guests.push(`${gateway} ${log} ${question.kind}`);
    return { kind: 'events', events: [] } as const;
  };
  const answer = answerPeers({
    gateway: 'gw-1',
    reading: ownReading('gw-1', '2026-01-02T10:00:00Z'),
    sessions: { find: async (id) => sessionOf(id) },
    askGuests: guestsOf('gw-1'),
    cancel: ({ processId }) => void asked.cancels.push(processId),
  });
  const peers = {
    names: ['gw-1', 'gw-2'],
    async *ask(gateway: string, question: PeerQuestion) {
      if (gateway !== 'gw-1') throw new PeerError(gateway, 'it is not there');
      yield* answer(decodePeerQuestion(Buffer.from(encodePeerQuestion(question))), NO_SIGNAL);
    },
  };
  const reading = openJointReading({
    gateway: 'gw-0',
    reading: ownReading('gw-0', '2026-01-02T11:00:00Z'),
    askGuests: guestsOf('gw-0'),
    peers,
    log: SILENT_LOG,
  });
  return { reading, asked };
}

/** `gw-1 7` is a session of the gateway `gw-1`. */
function sessionOf(id: string): SessionRecord {
  return { id, gateway: `${id.split(' ')[0]}.0` } as SessionRecord;
}

describe('openJointReading', () => {
  it('lists the logs of those that answer, each by its own words only', async () => {
    const { reading } = openTwo();
    const logs = await reading.ledgerFiles.listLogs();
    assert.deepEqual(
      logs.map(({ name }) => name),
      ['gw-0.0', 'gw-1.0'],
    );
  });

  it('reads the newest operations, and the ledgers, of the logs that it is told', async () => {
    const { reading } = openTwo();
    const newest = await reading.lastOperations(3, ['gw-0.0', 'gw-1.0']);
    assert.deepEqual(
      newest.map(({ entry }) => entry.at),
      newest
        .map(({ entry }) => entry.at)
        .toSorted()
        .toReversed(),
    );
    assert.equal(newest.length, 3);
    assert.deepEqual([...reading.ledgers(['gw-0.0']).keys()], ['gw-0']);
    const ledgers = reading.ledgers(['gw-0.0', 'gw-1.0', 'gw-1.control']);
    assert.deepEqual([...ledgers.keys()], ['gw-0', 'gw-1']);
    for (const [gateway, pieces] of ledgers) {
      const [piece] = (await Array.fromAsync(pieces)) as LedgerPiece[];
      assert.equal(piece?.file, `${gateway}.0/checkpoints`);
    }
  });

  it('adds up, merges and searches the logs that it is told, and fails where one is away by then', async () => {
    const { reading } = openTwo();
    const logs = ['gw-0.0', 'gw-1.0'];
    const today = await reading.countToday(logs);
    assert.deepEqual([today.sessions, today.operations, today.maskedValues], [2, 4, 8]);
    const matches = await reading.searchStatements('ssn', logs, NO_SIGNAL);
    assert.deepEqual([...(matches?.keys() ?? [])], ['session of gw-0', 'session of gw-1']);
    const question = { target: 'hospital', patient: '4711', sinceMs: undefined };
    const found = await reading.findDisclosures(question, logs);
    const disclosures = await Array.fromAsync(found?.disclosures ?? []);
    // In the order of time.
    assert.deepEqual(
      disclosures.map(({ logName }) => logName),
      ['gw-1.0', 'gw-0.0'],
    );
    const more = [...logs, 'gw-2.0'];
    await assert.rejects(reading.countToday(more), { code: 'ERR_PEER' });
    await assert.rejects(reading.lastOperations(1, more), { code: 'ERR_PEER' });
    const away = reading.ledgers(more).get('gw-2');
    assert(away);
    await assert.rejects(Array.fromAsync(away), { code: 'ERR_PEER' });
  });

  it('plays recordings and asks guests where the session is', async () => {
    const { reading, asked } = openTwo();
    for (const gateway of ['gw-0', 'gw-1']) {
      const session = sessionOf(`${gateway} 7`);
      const events = await Array.fromAsync(reading.playback(session, NO_SIGNAL));
      assert.deepEqual(events, [{ kind: 'done', atMs: 1, tag: gateway }]);
      const track = await Array.fromAsync((await reading.rawTrack(session)) ?? []);
      assert.equal(Buffer.concat(track).toString(), gateway);
      const answer = await reading.askGuests(session.gateway, { kind: 'next', join: 'j' });
      assert.equal(answer.kind, 'events');
    }
    assert.deepEqual(asked.guests, ['gw-0 gw-0.0 next', 'gw-1 gw-1.0 next']);
    const gone = await reading.askGuests('gw-9.0', { kind: 'next', join: 'j' });
    assert.deepEqual(gone, { kind: 'gone' });
  });
});

describe('answerPeers', () => {
  it('answers for its own sessions and logs only', async () => {
    const { reading } = openTwo();
    // The store says that this session is of another gateway than the one that is asked.
    const moved = { ...sessionOf('gw-0 7'), gateway: 'gw-1.0' };
    await assert.rejects(Array.fromAsync(reading.playback(moved, NO_SIGNAL)), {
      message: /it has no such session/,
    });
  });
});
