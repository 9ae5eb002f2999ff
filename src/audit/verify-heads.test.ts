import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeHeads, type LogHead } from './verify-heads.ts';
import type { LogReport } from './verify-log.ts';

function report(name: string, more: Partial<LogReport>): LogReport {
  return {
    name,
    entries: 0,
    segments: 1,
    checkpoints: 1,
    signedEntries: 0,
    unsigned: undefined,
    witnessed: undefined,
    root: '',
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
    ...more,
  };
}

describe('judgeHeads', () => {
  it('looks through what was signed of a log once, however much of it others contradict', () => {
    const head = (seq: number): LogHead => ({
      seq,
      at: '',
      log: 'gw-2.0',
      size: 7 + seq,
      root: '',
    });
    const heads = Array.from({ length: 1_000 }, (_, seq) => head(seq));
    let looks = 0;
    const ownKeys = (roots: LogReport['roots']): ArrayLike<string | symbol> => {
      looks += 1;
      return Reflect.ownKeys(roots);
    };
    const roots = new Proxy<LogReport['roots']>({ 5: '00' }, { ownKeys });
    const speaker = report('gw-1.0', { signedEntries: heads.length, heads });
    const rolledBack = report('gw-2.0', { entries: 5, signedEntries: 5, roots });
    const { problems } = judgeHeads([speaker, rolledBack], new Map([['gw-1.0', heads.length]]));
    assert.match(
      problems.get('gw-2.0')?.what ?? '',
      /ends after 5 entries, but entry 0 of gw-1\.0/,
    );
    assert.equal(looks, 1);
  });
});
