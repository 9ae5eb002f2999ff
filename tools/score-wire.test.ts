import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { findChanges, formatWireScore, scoreWire } from './score-wire.ts';

function changed(before: string, after: string): readonly string[] {
  return findChanges(before, after).map(({ label }) => label);
}

describe('findChanges', () => {
  it('finds the words that do not stand in the other text, in code points', () => {
    assert.deepEqual(changed('a|b|c', 'a|[redacted]|c'), ['b']);
    assert.deepEqual(changed('19310601|F', '1931|F'), ['19310601']);
    assert.deepEqual(changed('since 05/27/2016 on', 'since 2016 on'), ['05/27/2016']);
    assert.deepEqual(changed('same', 'same'), []);
    assert.deepEqual(findChanges('😀 b', '😀 c'), [
      { start: 2, end: 3, label: 'b', level: 'must' },
    ]);
  });
});

describe('scoreWire', () => {
  it('scores what the gateway would show of a message', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'score-wire-'));
    try {
      const file = path.join(folder, 'wire.jsonl');
      const text = 'MSH|^~\\&|A\rPID|1||M-4711||Quackenbush^Ottoline|||F\r';
      const start = text.indexOf('Quackenbush');
      const spans = [
        { start, end: start + 11, label: 'NAME', level: 'must' },
        { start: text.indexOf('F\r'), end: text.indexOf('\r', start), label: 'SEX', level: 'must' },
      ];
      writeFileSync(file, JSON.stringify({ id: '1', kind: 'hl7v2', text, spans, ignore: [] }));
      const scores = scoreWire(file);
      const score = scores.get('hl7v2');
      assert.equal(score?.spanCount, 2);
      assert.equal(score?.fullRecall, 0.5);
      // The number and the given name have no label here.
      assert(score !== undefined && score.overMaskedShare > 0);
      assert.match(formatWireScore(scores), /\| hl7v2 \| 1 \| 2 \| 50\.00 % \|/);
      writeFileSync(file, '');
      assert.throws(() => scoreWire(file), /is empty/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
