import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeTable } from '../sql/postgres/build-catalog.ts';
import { dataMapOf, show } from './classify.fixture.ts';

describe('classifySequences', () => {
  it('gives the last value of a sequence the classes of the columns that it numbers', () => {
    const sequence = (oid: number, name: string, column: string) =>
      describeTable({ oid, schema: 'public', name }, ['last_value', 'is_called'], {
        kind: 'S',
        numbers: [{ relation: 1, column }],
      });
    const shown = show(
      [
        describeTable({ oid: 1, schema: 'public', name: 'p' }, ['id', 'mrn']),
        sequence(2, 'p_mrn_seq', 'mrn'),
        sequence(3, 'p_id_seq', 'id'),
        describeTable({ oid: 4, schema: 'public', name: 'v' }, ['n'], {
          kind: 'v',
          dependsOn: [2],
          definition: 'SELECT last_value AS n FROM public.p_mrn_seq',
        }),
      ],
      dataMapOf({ 'public.p.mrn': 'mrn', 'public.p.id': 'none' }),
    );
    assert.deepEqual(shown, [
      'p id mrn=mrn/pseudonym',
      'p_mrn_seq last_value=mrn/fixed is_called',
      'p_id_seq last_value is_called',
      'v n=mrn/fixed',
    ]);
  });
});
