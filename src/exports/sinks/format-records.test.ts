import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operationRecord } from '../record.fixture.ts';
import { formatRecords } from './format-records.ts';

const RECORDS = Array.from({ length: 40 }, (_, seq) => operationRecord({ seq }));

describe('formatRecords', () => {
  it('keeps their order', async () => {
    const formatted = await formatRecords(RECORDS, ({ seq }) => seq);
    assert.deepEqual(
      formatted,
      RECORDS.map(({ seq }) => seq),
    );
  });

  it('lets others have their turn', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (turns < 10) setImmediate(count);
    };
    setImmediate(count);
    await formatRecords(RECORDS, ({ seq }) => seq);
    assert(turns >= 2);
  });

  it('says that an entry cannot be formatted, so that the others can be sent without it', async () => {
    const formatting = formatRecords(RECORDS, ({ seq }) => {
      if (seq === 30) throw new TypeError('a mistake of ours');
      return seq;
    });
    await assert.rejects(formatting, { code: 'ERR_SINK_REFUSED' });
  });
});
