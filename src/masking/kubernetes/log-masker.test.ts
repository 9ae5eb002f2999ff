import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentMasks } from '../content/content-masks.ts';
import { compileDetectors } from '../detectors/detectors.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { openTextMasks } from '../open-text-masks.ts';
import { findLogLimit, LogMasker } from './log-masker.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };
/** Compiling takes half a second: one for all. */
const masks = new ContentMasks({
  dataMap: { masks: {}, customClasses: [], detectors: [] },
  textMasks: openTextMasks(compileDetectors(), () => CONTEXT),
  context: () => CONTEXT,
});

function mask(log: string, { query = '', cuts = [] as readonly number[] } = {}): string {
  const output: Buffer[] = [];
  const masker = new LogMasker({
    counters: masks.begin([], new Map(), undefined),
    bytesMax: findLogLimit(query),
    write: (bytes) => void output.push(bytes),
  });
  const ends = [...cuts.toSorted((left, right) => left - right), log.length];
  let from = 0;
  for (const end of ends) {
    const piece = Buffer.from(log.slice(from, end));
    masker.push(piece);
    piece.fill(0);
    from = end;
  }
  masker.end();
  return Buffer.concat(output).toString();
}

describe('LogMasker', () => {
  it('shows whole lines of a log at once, however it is cut', () => {
    const log = 'started\nSSN 219-09-9999\nover';
    const whole = mask(log);
    assert.equal(whole.split('\n')[0], 'started');
    assert(!whole.includes('219-09-9999'));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: log.length })), (cuts) => {
        assert.equal(mask(log, { cuts }), whole);
      }),
      { numRuns: 50 },
    );
  });

  it('reads the table that a log holds, however it is cut', () => {
    const log =
      'started\nid,first_name,mrn\n1,zzyx,55\n2,qwop,56\n3,qwop,57\ndone\nid\tdob\n7\t3rd\n';
    const shown =
      'started\nid,first_name,mrn\n1,[name],[mrn]\n2,[name],[mrn]\n3,[name],[mrn]\ndone\nid\tdob\n7\t[birth-date]\n';
    assert.equal(mask(log), shown);
    const lines = [...log.matchAll(/\n/g)].map(({ index }) => index + 1);
    assert.equal(mask(log, { cuts: lines }), shown);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: log.length })), (cuts) => {
        assert.equal(mask(log, { cuts }), shown);
      }),
      { numRuns: 50 },
    );
  });

  it('shows nothing of cells that go over lines of a log', () => {
    const log = 'id,first_name,mrn\n1,"zzyx\nqwop\nzzyx",55\n2,qwop,56\n';
    for (let cut = 0; cut < log.length; cut++) {
      assert.doesNotMatch(mask(log, { cuts: [cut] }), /zzyx|qwop|5/);
    }
  });

  it('goes on with a table behind a line that is too long to be held', () => {
    const long = `2,${'x'.repeat(150_000)},56\n`;
    const log = `id,first_name,mrn\n1,zzyx,55\n${long}3,qwop,57\n`;
    for (const cuts of [[28], [30], [30, 30_000, 100_000], [18, 28, 90_000]]) {
      assert.ok(!/zzyx|qwop|5[57]/.test(mask(log, { cuts })));
    }
  });

  it('knows a limit of bytes behind a semicolon', () => {
    assert.equal(findLogLimit('follow=1;limitBytes=5'), 5);
  });

  it('shows nothing of the line of a log that its limit of bytes cuts', () => {
    const log = 'started\nSSN 219-09-9999 and over\n';
    for (let bytes = 0; bytes < log.length; bytes += 1) {
      for (const query of [`limitBytes=${bytes}`, `follow=1&limitBytes=99&limitBytes=${bytes}`]) {
        const shown = mask(log.slice(0, bytes), { query });
        const whole = log.slice(0, log.slice(0, bytes).lastIndexOf('\n') + 1);
        assert.equal(shown, whole.length === bytes ? whole : `${whole}[redacted]`, query);
      }
    }
    assert.equal(mask('started\nover', { query: 'limitBytes=13' }), 'started\nover');
    const long = 'x'.repeat(70_000);
    assert.throws(() => mask(long, { query: 'limitBytes=70000' }), /cut/);
  });

  it('cuts lines of a log that are very long where no value goes on', () => {
    const before = 'word '.repeat(13_200);
    for (const end of [4, 7, 9]) {
      const log = `${before}219-09-9999 ${before}\nover`;
      const shown = mask(log, { cuts: [before.length + end] });
      assert.equal(shown, log.replace('219-09-9999', '[ssn]'));
    }
  });
});
