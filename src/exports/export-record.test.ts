import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRecord, cutUtf8, type RecordOptions } from './export-record.ts';
import { sourceEntry } from './memory-source.fixture.ts';
import { operationRecord } from './record.fixture.ts';

const TEXT = "SELECT name FROM patients WHERE ssn = '123-45-6789'";
const MASKED = "SELECT name FROM patients WHERE ssn = '•••'";
const CONTENT = { text: TEXT, textSha256: hash('sha256', TEXT), parameters: ['Doe'] };
const { session } = operationRecord();

function options(changes: Partial<RecordOptions> = {}): RecordOptions {
  return {
    statements: 'masked',
    statementBytesMax: 1024,
    maskStatement: async () => MASKED,
    ...changes,
  };
}

const ENTRY = sourceEntry('gw.0', 1, { fields: { actions: ['sql.select'] }, content: CONTENT });

describe('createRecord', () => {
  it('shows a statement with its values hidden, and nothing from which they could be guessed', async () => {
    const record = await createRecord(ENTRY, session, options());
    const bytes = Buffer.byteLength(MASKED);
    assert.deepEqual(record.statement, {
      text: MASKED,
      isCut: false,
      bytes,
      sha256: hash('sha256', MASKED),
    });
    assert.equal(record.withheld, 'masked');
    const shown = JSON.stringify(record);
    for (const secret of ['123-45', 'Doe', hash('sha256', TEXT)]) assert(!shown.includes(secret));
  });

  it('leaves a text out whose values cannot be found for certain', async () => {
    const unsure = options({ maskStatement: async () => undefined });
    const record = await createRecord(ENTRY, session, unsure);
    assert.equal(record.statement?.text, undefined);
    assert.equal(record.statement?.sha256, undefined);
    assert.equal(record.withheld, 'masked');
  });

  it('leaves a text out of which nobody knows whose it was, or which the ledger has cut', async () => {
    const unknown = await createRecord(ENTRY, undefined, options());
    assert.equal(unknown.statement?.text, undefined);
    const cut = sourceEntry('gw.0', 1, { content: { ...CONTENT, textCut: true } });
    assert.equal((await createRecord(cut, session, options())).statement?.text, undefined);
  });

  it('leaves out what was not said to a database, though it reads like SQL', async () => {
    const typed = 'SELECT * FROM patients WHERE name = "Quispe"';
    for (const actions of [['ssh.command'], ['sql.select', 'ssh.exec'], [], undefined]) {
      const entry = sourceEntry('gw.0', 1, { fields: { actions }, content: { text: typed } });
      const shows = options({ maskStatement: async ({ text }) => text });
      const record = await createRecord(entry, session, shows);
      assert.equal(record.statement?.text, undefined, String(actions));
      assert.equal(record.withheld, 'masked');
      assert(!JSON.stringify(record).includes('Quispe'));
    }
  });

  it('shows everything where that is configured', async () => {
    const record = await createRecord(ENTRY, session, options({ statements: 'whole' }));
    assert.equal(record.statement?.text, TEXT);
    assert.equal(record.statement?.sha256, hash('sha256', TEXT));
    assert.deepEqual(record.fields['parameters'], ['Doe']);
    assert.equal(record.withheld, undefined);
  });

  it('leaves out every other content beside statements unless everything is shown', async () => {
    const content = { justification: 'for John Doe', comment: 'ok', query: 'doe' };
    const entry = sourceEntry('gw.0', 1, { kind: 'review.verdict', content });
    const record = await createRecord(entry, undefined, options());
    assert(!/doe|ok/iu.test(JSON.stringify(record.fields)));
    assert.equal(record.withheld, 'masked');
  });

  it('says why content is not to be had', async () => {
    for (const state of ['sealed', 'expired', 'damaged'] as const) {
      const record = await createRecord({ ...ENTRY, content: { state } }, session, options());
      assert.equal(record.withheld, state);
      assert.equal(record.statement, undefined);
    }
  });

  it('cuts a text to the limit of the sink and keeps the digest of the whole', async () => {
    const record = await createRecord(ENTRY, session, options({ statementBytesMax: 10 }));
    assert.equal(record.statement?.text, 'SELECT nam');
    assert.equal(record.statement?.isCut, true);
    assert.equal(record.statement?.sha256, hash('sha256', MASKED));
  });
});

describe('cutUtf8', () => {
  it('is the longest well-formed beginning that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, bytesMax) => {
        const cut = cutUtf8(text, bytesMax);
        const whole = text.toWellFormed();
        assert(Buffer.byteLength(cut) <= bytesMax);
        assert(whole.startsWith(cut) && cut.isWellFormed());
        const next = whole.codePointAt(cut.length);
        if (next === undefined) return;
        assert(Buffer.byteLength(cut + String.fromCodePoint(next)) > bytesMax);
      }),
    );
  });
});
