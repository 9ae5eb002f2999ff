import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PrincipalRecord } from './principal-record.ts';

it('looks at what a day has only when it is over: a day can have thousands of patients, and each result asks', (t) => {
  const record = new PrincipalRecord();
  record.turnDay('2026-01-01');
  record.addPatient('hospital', 'hash of one');
  const { mock } = t.mock.getter(PrincipalRecord.prototype, 'history');
  for (let result = 0; result < 100; result++) record.turnDay('2026-01-01');
  assert.equal(mock.callCount(), 0);
  mock.restore();
  assert.equal(record.patientsToday, 1);
  record.turnDay('2026-01-02');
  assert.equal(record.patientsToday, 0);
  assert.equal(record.history.day, '2026-01-02');
});
