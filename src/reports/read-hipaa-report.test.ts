import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openLedger } from '../audit/ledger.ts';
import { seal } from '../audit/seal.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { readHipaaReport } from './read-hipaa-report.ts';

const NOW_MS = Date.parse('2026-01-02T12:00:00Z');

test('what the ledger refused to its callers did not happen; what was shown then was shown', async (t) => {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-report-'));
  t.after(() => rm(dataDirectory, { recursive: true }));
  const dayKeys = openTestKeys(dataDirectory);
  const nowMs = (): number => NOW_MS;
  await using ledger = await openLedger({ dataDirectory, dayKeys, logName: 'gw.0', nowMs });
  const principal = { id: 'okta:ana' };
  const session = 's1';
  await seal(ledger, { kind: 'session.start', session, principal, target: 'hospital' });
  await seal(ledger, { kind: 'operation', session });
  const first = ledger.size;
  await seal(ledger, { kind: 'operation', session });
  await seal(ledger, { kind: 'result', session, rows: 3 });
  const grant = { grant: 'g1', principal: 'okta:ana', targets: ['hospital'], by: 'okta:omar' };
  await seal(ledger, { kind: 'grant.start', ...grant });
  await seal(ledger, { kind: 'ledger.resume', cause: 'EIO', refused: [[first, ledger.size - 1]] });
  await ledger.checkpoints.write();
  const period = { fromMs: NOW_MS - 1, toMs: NOW_MS + 1, madeAtMs: NOW_MS };
  const report = await readHipaaReport(path.join(dataDirectory, 'ledger'), period);
  const tables = report.sections.flatMap((section) => section.tables);
  const rowsOf = (id: string) => tables.find((table) => table.id === id)?.rows;
  assert.deepEqual(rowsOf('operations'), [['okta:ana', 'hospital', 1, 1, 0, 0, 3]]);
  assert.deepEqual(rowsOf('grants'), []);
});
