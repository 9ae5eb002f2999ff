import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../audit/decode-entry.ts';
import type { EntryKind } from '../audit/ledger-port.ts';
import { SessionContexts } from './session-contexts.ts';

function entry(kind: EntryKind, session: string | undefined, fields: object = {}): Entry {
  return { seq: 0, at: '', kind, ...(session !== undefined && { session }), ...fields };
}

const START = {
  principal: { id: 'clinic:ana', name: 'Ana', groups: ['nurses'] },
  target: 'hospital',
  database: 'ehr',
  clientAddress: '192.0.2.7',
  applicationName: 'psql',
};

describe('SessionContexts', () => {
  it('remembers who began a session until it ends', async () => {
    const asked: string[] = [];
    const contexts = new SessionContexts(async (id) => {
      asked.push(id);
      return undefined;
    });
    await contexts.of(entry('session.start', 's', START));
    const found = await contexts.of(entry('operation', 's'));
    assert.deepEqual(
      [found?.principalId, found?.target, found?.groups],
      ['clinic:ana', 'hospital', ['nurses']],
    );
    assert.equal((await contexts.of(entry('session.end', 's')))?.principalId, 'clinic:ana');
    assert.deepEqual(asked, []);
    await contexts.of(entry('operation', 's'));
    assert.deepEqual(asked, ['s']);
  });

  it('asks once for a session that began before', async () => {
    let asked = 0;
    const contexts = new SessionContexts(async () => {
      asked += 1;
      return { ...START, principalId: 'clinic:bo', principalName: 'Bo', groups: [] };
    });
    for (let count = 0; count < 3; count++) {
      assert.equal((await contexts.of(entry('operation', 's')))?.principalId, 'clinic:bo');
    }
    assert.equal(asked, 1);
    assert.equal(await contexts.of(entry('sign-in', undefined)), undefined);
  });

  it('takes fields for nothing that are not what they should be', async () => {
    const contexts = new SessionContexts(async () => undefined);
    const odd = { principal: 7, target: ['x'], clientAddress: null };
    const found = await contexts.of(entry('session.start', 's', odd));
    assert.deepEqual([found?.principalId, found?.target, found?.clientAddress], ['', '', '']);
  });
});
