import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskText } from '../masks/mask-text.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { maskDate } from './mask-primitive.ts';
import { YearMasks } from './year-masks.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

/** Of every date the same mask, once for each way. */
function openMasks(form: 'date' | 'instant'): [(text: string) => string | null, YearMasks] {
  const open = (): ((text: string) => string | null) =>
    maskDate((text) => maskText({ kind: 'year' }, text, CONTEXT), form);
  return [open(), new YearMasks(open())];
}

function find(masks: YearMasks, text: string): string | null | undefined {
  const bytes = Buffer.from(`"${text}"`);
  return masks.find(bytes, 1, bytes.length - 1);
}

describe('YearMasks', () => {
  it('leaves of plain dates what the mask leaves of them', () => {
    for (const form of ['date', 'instant'] as const) {
      const [mask, years] = openMasks(form);
      for (const date of [
        '1984-05-12',
        '1912-12-31',
        '2024-05-12T10:00:00Z',
        '2024-05-12T10:00:00.123+02:00',
      ]) {
        assert.equal(find(years, date), mask(date));
      }
    }
  });

  it('says nothing else than the mask of anything', () => {
    const part = fc.constantFrom('1', '9', '3', '0', '-', '/', 'T', ':', 'Z', ' ', '\\', 'ä');
    const nearDate = fc
      .tuple(fc.string({ unit: part, maxLength: 12 }), fc.nat(12), fc.nat(4))
      .map(([text, at, count]) => {
        const date = '1984-05-12T10:00:00Z';
        return date.slice(0, at) + text + date.slice(at + count);
      });
    const [mask, years] = openMasks('date');
    fc.assert(
      fc.property(nearDate, (text) => {
        const found = find(years, text);
        if (found !== undefined) assert.equal(found, mask(text));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves to others what is no plain date', () => {
    const [, years] = openMasks('date');
    for (const text of [
      '',
      '1984',
      '1984-05',
      '1984-05-1',
      '1984-25-12',
      '1984-05-42',
      '0984-05-12',
      '3984-05-12',
      '1984-05-12 10:00',
      '1984-05-12Tom Q',
      '1984-05-12-3456',
      `1984-05-12T${'0'.repeat(30)}`,
    ]) {
      assert.equal(find(years, text), undefined, text);
    }
  });
});
