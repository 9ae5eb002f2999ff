import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LabelledText, type Span, scoreTexts } from './span-score.ts';

function span(start: number, end: number, label: string, level = 'must'): Span {
  return { start, end, label, level };
}

function labelled(
  text: string,
  spans: readonly Span[],
  ignore: readonly [number, number][] = [],
): LabelledText {
  return { id: '1', text, spans, ignore };
}

describe('scoreTexts', () => {
  it('counts a value in full only if each of its letters and digits is masked', () => {
    const text = labelled('Ann Lee, 12-34', [span(0, 7, 'NAME'), span(9, 14, 'ID')]);
    const score = scoreTexts([text], () => [
      span(0, 3, 'name'),
      span(9, 11, 'id'),
      span(12, 14, 'id'),
    ]);
    assert.equal(score.spanCount, 2);
    assert.deepEqual(score.byLabel.get('NAME'), { count: 1, full: 0, any: 1 });
    assert.deepEqual(score.byLabel.get('ID'), { count: 1, full: 1, any: 1 });
    assert.equal(score.fullRecall, 0.5);
    assert.equal(score.overMaskedShare, 0);
  });

  it('counts masked letters outside of values, by the class that was found', () => {
    const score = scoreTexts([labelled('ab cd ef', [span(0, 2, 'X')])], () => [span(0, 8, 'name')]);
    assert.equal(score.overMaskedShare, 1);
    assert.deepEqual([...score.overMaskedByClass], [['name', 4]]);
  });

  it('counts neither soft values nor ignored ranges', () => {
    const text = labelled('ab cd ef', [span(0, 2, 'X', 'soft')], [[3, 5]]);
    const score = scoreTexts([text], () => [span(0, 5, 'name')]);
    assert.equal(score.spanCount, 0);
    assert.equal(score.overMaskedShare, 0);
    assert.equal(score.cleanCount, 0);
  });

  it('counts texts without values that were changed', () => {
    const texts = [labelled('ab', []), labelled('cd', [])];
    const score = scoreTexts(texts, (text) => (text === 'ab' ? [span(0, 1, 'name')] : []));
    assert.deepEqual([score.cleanCount, score.cleanHitCount], [2, 1]);
  });

  it('counts in code points', () => {
    const score = scoreTexts([labelled('\u{1f600}ab', [span(1, 3, 'X')])], () => [
      span(1, 3, 'name'),
    ]);
    assert.equal(score.fullRecall, 1);
    assert.equal(score.overMaskedShare, 0);
  });
});
