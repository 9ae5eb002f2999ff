import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditSchema } from './audit-settings.ts';

const WITNESS = 'w1.example+b0bae34d+BJSZLyxZFMX6iOvxQAGOqfcDQEfvzsZoWLdRv5pBNSk7';
const LOG = 'gw-1.0+2f073711+AWlv8nBuaEn2s2LwmZqlOvB8CiWLXpqMYK9ifTAoRpmg';
const url = 'http://127.0.0.1:7460';

const isTaken = (audit: unknown): boolean => auditSchema().safeParse(audit).success;

describe('auditSchema', () => {
  it('asks nobody, and checkpoints every ten seconds, unless told otherwise', () => {
    assert.deepEqual(auditSchema().parse(undefined), {
      flushIntervalMs: 50,
      checkpointIntervalMs: 10_000,
      witnesses: { required: 0, of: [], staleAfterMs: 60_000, strictFor: [] },
      witness: undefined,
    });
  });

  it('requires all witnesses that there are, unless told otherwise', () => {
    const { witnesses } = auditSchema().parse({ witnesses: { of: [{ key: WITNESS, url }] } });
    assert.equal(witnesses.required, 1);
  });

  it('tells keys of witnesses from keys of logs', () => {
    assert(isTaken({ witnesses: { of: [{ key: WITNESS, url }] } }));
    assert(isTaken({ witness: { listen: '127.0.0.1:7460', logs: [LOG] } }));
    assert(!isTaken({ witnesses: { of: [{ key: LOG, url }] } }));
    assert(!isTaken({ witness: { listen: '127.0.0.1:7460', logs: [WITNESS] } }));
  });

  it('refuses what could not be fulfilled, or would count one witness twice', () => {
    const of = [{ key: WITNESS, url }];
    assert(!isTaken({ witnesses: { of, required: 2 } }));
    assert(!isTaken({ witnesses: { strictFor: ['hospital'] } }));
    assert(!isTaken({ witnesses: { of, required: 0, strictFor: ['hospital'] } }));
    assert(!isTaken({ witnesses: { of: [...of, ...of] } }));
    assert(!isTaken({ witnesses: { of: [{ key: WITNESS, url: 'ftp://w1.example' }] } }));
  });
});
