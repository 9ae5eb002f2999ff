import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionRecord } from '../recording/session-index.ts';
import { findSessionContext } from './find-session-context.ts';

const SESSION: SessionRecord = {
  id: 's1',
  gateway: 'gw.0',
  principalId: 'okta:ana',
  principalName: 'Ana',
  target: 'hospital',
  database: 'wards',
  account: '',
  clientAddress: '192.0.2.7:50123',
  applicationName: 'psql',
  startedAtMs: 0,
};

describe('findSessionContext', () => {
  it('knows who was behind a session, and no more of the list than is exported', async () => {
    assert.deepEqual(await findSessionContext({ find: async () => SESSION }, 's1'), {
      principalId: 'okta:ana',
      principalName: 'Ana',
      groups: [],
      target: 'hospital',
      database: 'wards',
      clientAddress: '192.0.2.7',
      applicationName: 'psql',
    });
    assert.equal(await findSessionContext({ find: async () => undefined }, 's1'), undefined);
  });

  it('takes a store that does not answer for no answer', async () => {
    const find = (): Promise<never> => Promise.reject(new Error('the store is away'));
    await assert.rejects(findSessionContext({ find }, 's1'), /away/);
  });
});
