import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { RelayFixture, run } from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
const SET = 'SET a.b = 1';
const say = (text: string): Buffer => encodeQuery(text);

let fixture: RelayFixture;

/** What an approval would be bound to, of the settings, after these messages of a new session. */
async function settingsAfter(...messages: readonly Buffer[]): Promise<string> {
  const session = await fixture.start();
  await session.send(...messages);
  await session.send(encodeQuery('SELECT * FROM public.held'));
  return session.asked[0]?.held.meaning['settings'] ?? assert.fail('nobody was asked');
}

describe('what statements do to settings', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  it('is the same for the same statements in another session', async () => {
    for (const messages of [
      [say(SET)],
      ['BEGIN', SET].map(say),
      ['BEGIN', SET, 'COMMIT'].map(say),
    ]) {
      assert.equal(await settingsAfter(...messages), await settingsAfter(...messages));
    }
  });

  it('is not taken for lasting where it was undone', async () => {
    const lasting = await settingsAfter(say(SET));
    for (const messages of [
      ['BEGIN', SET, 'ROLLBACK'].map(say),
      ['BEGIN', SET, 'SELECT * FROM boom', 'COMMIT'].map(say),
      ['BEGIN', 'SAVEPOINT s', SET, 'ROLLBACK TO s'].map(say),
      [...run(SET), ...run('SELECT * FROM boom'), SYNC],
      [SET, 'DISCARD ALL'].map(say),
    ]) {
      assert.notEqual(await settingsAfter(...messages), lasting);
      // Neither would it be in the next session.
      assert.notEqual(await settingsAfter(), await settingsAfter(...messages));
    }
  });

  it('does not depend on errors and ends of transactions in which nothing was set', async () => {
    const none = await settingsAfter();
    const texts = ['BEGIN', 'SELECT * FROM boom', 'ROLLBACK', 'DISCARD ALL'];
    assert.equal(await settingsAfter(...texts.map(say)), none);
  });

  it('is seen through a name under which it was prepared', async () => {
    const execute = (text: string): readonly Buffer[] => [
      encodeParse('s', text),
      SYNC,
      say('EXECUTE s'),
    ];
    const none = await settingsAfter();
    const one = await settingsAfter(...execute(SET));
    assert.notEqual(one, none);
    assert.notEqual(one, await settingsAfter(...execute('SET a.b = 2')));
    assert.equal(await settingsAfter(...execute('SELECT 1')), none);
  });
});
