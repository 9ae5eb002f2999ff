import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SELECT } from '../../../test/captures/postgres-15.ts';
import { splitMessages } from '../../../test/captures/split-messages.ts';
import { decodeDataRow, encodeDataRow } from '../../wire/postgres/data-row.ts';
import { type Column, decodeRowDescription } from '../../wire/postgres/row-description.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { maskDataRow } from './mask-data-row.ts';
import { compileRowPlan, type RowLookups, type RowPlan } from './row-plan.ts';
import { fakeMasks } from './text-masks.fixture.ts';

const LOOKUPS: RowLookups = { findType: () => undefined, findPaths: () => [] };

function column(typeOid: number, formatCode = 0): Column {
  return {
    name: 'c',
    tableOid: 0,
    attributeNumber: 0,
    typeOid,
    typeSize: -1,
    typeModifier: -1,
    formatCode,
  };
}

function output(inspect: OutputColumn['inspect']): OutputColumn {
  return { relationOid: 7, column: 'note', masked: [], inspect };
}

function planOf(
  columns: readonly Column[],
  outputs: readonly OutputColumn[] | undefined,
  masks = fakeMasks(),
): RowPlan {
  const plan = compileRowPlan(columns, outputs, masks, LOOKUPS);
  assert.ok(plan);
  return plan;
}

const TEXT_AND_NUMBER = [column(25), column(23), column(25)];
const FIRST_ONLY = [output('text'), output('none'), output('none')];

describe('compileRowPlan', () => {
  it('has nothing to do where the first net answers for every column', () => {
    const outputs = [output('none'), output('none')];
    assert.equal(
      compileRowPlan([column(25), column(3802)], outputs, fakeMasks(), LOOKUPS),
      undefined,
    );
  });

  it('has nothing to do where no type may hold text', () => {
    const numbers = [column(23), column(1082), column(2950)];
    assert.equal(compileRowPlan(numbers, undefined, fakeMasks(), LOOKUPS), undefined);
  });

  it('hides rows where there were to be none: they are of a rule, in which nothing is masked', () => {
    const { masks } = planOf([column(25), column(23)], []);
    assert.deepEqual(
      masks.map((mask) => mask?.(Buffer.from('x'), 0, 1)),
      [null, null],
    );
  });

  it('looks at every text if nothing is known of the result, or of one with other columns', () => {
    for (const outputs of [undefined, [output('none')]]) {
      const { masks } = planOf(TEXT_AND_NUMBER, outputs);
      assert.deepEqual(
        masks.map((mask) => mask !== undefined),
        [true, false, true],
      );
    }
  });

  it('asks the data map for the paths of a JSON column', () => {
    const asked: unknown[] = [];
    const findPaths = (...column: readonly unknown[]): [] => {
      asked.push(column);
      return [];
    };
    compileRowPlan([column(3802)], [output('json')], fakeMasks(), { ...LOOKUPS, findPaths });
    assert.deepEqual(asked, [[7, 'note']]);
  });
});

describe('maskDataRow', () => {
  it('leaves the rows that a server sent for numbers and nulls as they are', () => {
    const messages = splitMessages(SELECT);
    const described = messages.find(({ type }) => type === 0x54);
    assert.ok(described);
    const { columns } = decodeRowDescription(described.body);
    const asText = columns.map((each) => ({ ...each, typeOid: 25 }));
    const rows = messages.filter(({ type }) => type === 0x44);
    assert.equal(rows.length, 2);
    for (const { body } of rows) {
      const row = encodeDataRow(decodeDataRow(body).fields);
      assert.equal(maskDataRow(planOf(asText, undefined), row, 0, row.length), undefined);
    }
  });

  it('replaces what was found, and only that', () => {
    const plan = planOf(TEXT_AND_NUMBER, FIRST_ONLY, fakeMasks('[a longer name]'));
    const row = encodeDataRow([Buffer.from('of SECRET.'), Buffer.from('5'), Buffer.from('SECRET')]);
    const buffer = Buffer.concat([Buffer.from('xx'), row, Buffer.from('yy')]);
    const masked = maskDataRow(plan, buffer, 2, 2 + row.length);
    assert.deepEqual(
      masked,
      encodeDataRow([Buffer.from('of [a longer name].'), Buffer.from('5'), Buffer.from('SECRET')]),
    );
    assert.deepEqual([...plan.findings.byClass], [['name', 1]]);
  });

  it('shows NULL in the place of what it cannot take apart, and counts it', () => {
    const plan = planOf([column(3802, 1), column(23)], undefined);
    const row = encodeDataRow([Buffer.from('{"no version"}'), Buffer.from('5')]);
    const masked = maskDataRow(plan, row, 0, row.length);
    assert.deepEqual(masked, encodeDataRow([null, Buffer.from('5')]));
    assert.equal(plan.findings.withheld, 1);
  });

  it('says the same as decoding, masking and encoding each field', () => {
    const words = fc.array(fc.constantFrom('SECRET', 'a', '', '\u{e9}'), { maxLength: 5 });
    const fields = fc.array(fc.option(words.map((parts) => Buffer.from(parts.join('')))), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fields, fc.constantFrom('', '-', 'something long'), (values, replacement) => {
        const columns = values.map(() => column(25));
        const plan = compileRowPlan(columns, undefined, fakeMasks(replacement), LOOKUPS);
        if (plan === undefined) return;
        const row = encodeDataRow(values);
        const expected = encodeDataRow(
          values.map(
            (value) =>
              value &&
              Buffer.from(value.toString('latin1').replaceAll('SECRET', replacement), 'latin1'),
          ),
        );
        assert.deepEqual(maskDataRow(plan, row, 0, row.length) ?? row, expected);
      }),
    );
  });

  it('refuses a row cut at any byte, with bytes behind it, or with other fields than described', () => {
    const row = encodeDataRow([Buffer.from('SECRET'), null, Buffer.from('c')]);
    const plan = planOf(TEXT_AND_NUMBER, undefined);
    for (let end = 5; end < row.length; end++) {
      assert.throws(() => maskDataRow(plan, row, 0, end), ProtocolError);
    }
    const longer = Buffer.concat([row, Buffer.of(0)]);
    assert.throws(() => maskDataRow(plan, longer, 0, longer.length), ProtocolError);
    const other = planOf([column(25), column(25)], undefined);
    assert.throws(() => maskDataRow(other, row, 0, row.length), {
      reason: '3 fields where 2 were described',
    });
  });

  it('throws nothing but ProtocolError at random bytes', () => {
    const columns = [column(1009, 1), column(2249, 1), column(3802, 1), column(2249), column(1009)];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, hasCount) => {
        const row = Buffer.concat([Buffer.from(hasCount ? 'D\0\0\0\0\0\x05' : 'D\0\0\0\0'), bytes]);
        try {
          maskDataRow(planOf(columns, undefined), row, 0, row.length);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
