import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../audit/decode-entry.ts';
import { describeTimelineEntry, showText } from './session-timeline.ts';

describe('showText', () => {
  it('hides every value from who may not see them, and says where', () => {
    const { text, hidden } = showText(
      `SELECT 1 FROM t WHERE mrn = 4711 AND n = 'Ada' -- of Ada`,
      false,
    );
    assert.equal(text, `SELECT '…' FROM t WHERE mrn = '…' AND n = '…' '…'`);
    assert.deepEqual(
      hidden.map(({ start, end }) => text.slice(start, end)),
      [`'…'`, `'…'`, `'…'`, `'…'`],
    );
  });
});

describe('describeTimelineEntry', () => {
  it('shows who may not see values nothing of a command but its program', () => {
    const textOf = (text: string, showsConstants: boolean) => {
      const at = { seq: 7, at: '2026-11-21T12:00:00.000Z', n: 3, kind: 'operation' } as const;
      const entry = { ...at, text, actions: ['ssh.exec'] };
      const stored = { logName: 'gw.0', entry, content: 'open' } as const;
      const shown = describeTimelineEntry(stored, showsConstants)?.statement;
      const hidden = shown?.hidden.map(({ start, end }) => shown.text.slice(start, end));
      return [shown?.text, hidden];
    };
    assert.deepEqual(textOf('grep Lovelace notes', true), ['grep Lovelace notes', []]);
    assert.deepEqual(textOf('grep Lovelace notes', false), [`grep '…'`, [`'…'`]]);
    assert.deepEqual(textOf('uptime', false), ['uptime', []]);
    for (const text of ['MRN=4711 x', '/srv/ada/run', '  x', '4711']) {
      assert.deepEqual(textOf(text, false), [`'…'`, [`'…'`]]);
    }
  });

  it('shows them nothing of a request but its method and whom it went to', () => {
    const textOf = (text: string, showsConstants: boolean) => {
      const at = { seq: 7, at: '2026-11-21T12:00:00.000Z', n: 3, kind: 'operation' } as const;
      const stored = {
        logName: 'gw.0',
        entry: { ...at, text, actions: ['http.get'] },
        content: 'open',
      } as const;
      return describeTimelineEntry(stored, showsConstants)?.statement?.text;
    };
    const text = 'GET https://fhir.sallyport:8443/Patient/lovelace?name=Ada';
    assert.equal(textOf(text, true), text);
    assert.equal(textOf(text, false), "GET https://fhir.sallyport:8443 '…'");
    assert.equal(textOf('GET https://fhir.sallyport', false), 'GET https://fhir.sallyport');
    assert.equal(textOf('get 4711', false), "get '…'");
  });

  it('says what became of files and forwarded connections', () => {
    const transferOf = (entry: Readonly<Record<string, unknown>> & Pick<Entry, 'kind'>) => {
      const at = { seq: 7, at: '2026-11-21T12:00:00.000Z', n: 3 };
      const stored = { logName: 'gw.0', entry: { ...at, ...entry }, content: 'none' } as const;
      return describeTimelineEntry(stored, true)?.transfer;
    };
    const file = {
      kind: 'file',
      channel: 0,
      file: 1,
      action: 'ssh.sftp.read',
      outcome: 'done',
    } as const;
    assert.deepEqual(transferOf({ ...file, bytes: 3, sha256: 'ab' }), {
      action: 'ssh.sftp.read',
      outcome: 'done',
      bytes: 3,
      sha256: 'ab',
    });
    const forward = {
      kind: 'forward',
      operation: 'ssh.forward.local',
      host: 'db',
      port: 5432,
    } as const;
    assert.deepEqual(transferOf({ ...forward, bytesSent: 1, bytesShown: 2 }), {
      action: 'ssh.forward.local',
      place: 'db:5432',
      bytes: 3,
    });
    assert.equal(transferOf({ kind: 'operation' }), undefined);
  });
});

describe('describeTimelineEntry', () => {
  const entry = { seq: 7, at: '2026-11-21T12:00:00.000Z', kind: 'operation', n: 2 } as const;

  it('says why there is no statement', () => {
    for (const content of ['sealed', 'expired', 'damaged'] as const) {
      const shown = describeTimelineEntry({ logName: 'gw.0', entry, content }, true);
      assert.deepEqual([shown?.statement, shown?.withheld], [undefined, content]);
    }
    const text = 'SELECT 1';
    const open = { logName: 'gw.0', entry: { ...entry, text }, content: 'open' } as const;
    const shown = describeTimelineEntry(open, true);
    assert.deepEqual([shown?.statement?.text, shown?.withheld], [text, undefined]);
  });
});
