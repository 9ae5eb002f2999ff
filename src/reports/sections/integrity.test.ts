import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogReport } from '../../audit/verify-log.ts';
import { describeIntegrity } from './integrity.ts';

const LOG: LogReport = {
  name: 'gw-1.0',
  entries: 9,
  segments: 1,
  checkpoints: 1,
  signedEntries: 9,
  unsigned: undefined,
  witnessed: undefined,
  root: 'ab',
  firstAt: undefined,
  lastAt: undefined,
  openSessions: [],
  problem: undefined,
  erased: [],
  expired: [],
  retention: [],
  heads: [],
  roots: {},
  notes: [],
};

function tablesOf(log: Partial<LogReport>): ReturnType<typeof describeIntegrity>['tables'] {
  const report = { ok: true, logs: [{ ...LOG, ...log }], problems: [], notes: [] };
  return describeIntegrity(report).tables;
}

describe('describeIntegrity', () => {
  it('says what expired, so that nobody takes what is left for all', () => {
    const part = { file: 'a.segment', offset: 0, seq: 1, lastSeq: 4, count: 4 };
    const by = { log: 'gw-2.0', seq: 77, at: '2026-03-01T00:00:00.000Z' };
    const [, expired] = tablesOf({
      erased: [{ ...part, day: '2026-01-02' }],
      expired: [{ ...part, day: '2026-01-01', by, lasting: '' }],
    });
    assert.deepEqual(expired?.rows, [
      ['gw-1.0', '2026-01-02', 'contents', 4, ''],
      ['gw-1.0', '2026-01-01', 'entries', 4, 'entry 77 of gw-2.0'],
    ]);
  });

  it('says nothing of it where all is there', () => {
    assert.equal(tablesOf({}).length, 1);
  });
});
