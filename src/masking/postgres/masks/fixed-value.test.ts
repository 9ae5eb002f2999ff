import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveColumnType } from './column-type.ts';
import { fixedValue } from './fixed-value.ts';

function isTaken(value: string, typeOid: number, typeModifier = -1): boolean {
  const type = resolveColumnType({ typeOid, typeModifier, typeName: 'x' }, () => undefined);
  return fixedValue(value, type) !== undefined;
}

/** [OID, modifier, values that the type takes, values that it does not]. */
const CASES: readonly (readonly [number, number, readonly string[], readonly string[]])[] = [
  [21, -1, ['32767', '-32768', '0'], ['32768', '-32769', '', '1.5', '1e3', ' 1', '١']],
  [23, -1, ['2147483647', '-2147483648'], ['2147483648', 'x']],
  [20, -1, ['9223372036854775807', '-9223372036854775808'], ['9223372036854775808']],
  [1700, 393222, ['9999', '-999.99', '0'], ['10000', '9999.99', 'NaN', '']],
  [1700, 198658, [], ['99999']],
  [1700, -1, ['123456789012345.5'], ['1e5']],
  [701, -1, ['-1.5'], ['1e400', 'inf']],
  [16, -1, ['true', 'false'], ['t', '1', '']],
  [1082, -1, ['2020-02-29', '1000-01-01'], ['2019-02-29', '2020-2-9', '0000-01-01', 'today', '']],
  [1184, -1, ['2020-02-29'], ['2020-02-29 10:00']],
  [2950, -1, ['3F2504E0-4f89-41d3-9a0c-0305e82c3301'], ['3f2504e0']],
  [869, -1, ['10.0.0.255'], ['10.0.0.256', '10.0.0', '10.0.0.1.', 'localhost']],
  [3802, -1, ['{"a": [1]}', '"x"', 'null'], ['{a}', '"\\u0000"', '']],
  [25, -1, ['', 'any'], ['\0']],
  [17, -1, ['\\', ''], []],
  [1560, 5, [], ['10101']],
  [3904, -1, [], ['[1,2)']],
];

describe('fixedValue', () => {
  for (const [oid, modifier, taken, refused] of CASES) {
    it(`takes what a type of OID ${oid} and modifier ${modifier} surely reads`, () => {
      for (const value of taken) assert(isTaken(value, oid, modifier), value);
      for (const value of refused) assert(!isTaken(value, oid, modifier), value);
    });
  }

  it('quotes quotes and backslashes', () => {
    const text = resolveColumnType(
      { typeOid: 25, typeModifier: -1, typeName: 'pg_catalog.text' },
      () => undefined,
    );
    assert.equal(fixedValue(`it's`, text), `'it''s'::pg_catalog.text`);
    assert.equal(fixedValue(`\\'; --`, text), ` E'\\\\''; --'::pg_catalog.text`);
  });
});
