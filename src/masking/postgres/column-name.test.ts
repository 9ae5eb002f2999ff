import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadParser } from '../../sql/postgres/parser.ts';
import { figureColumnName } from './column-name.ts';

const parser = await loadParser();

function nameOf(expression: string): string {
  const result = parser.parse(`SELECT ${expression}`);
  assert(result.kind === 'tree');
  const [statement] = result.statements;
  assert(statement !== undefined && 'SelectStmt' in statement.node);
  const [target] = statement.node.SelectStmt.targetList ?? [];
  assert(target !== undefined && 'ResTarget' in target && target.ResTarget.val !== undefined);
  return figureColumnName(target.ResTarget.val);
}

describe('figureColumnName', () => {
  it('names columns as PostgreSQL does', () => {
    const expected: Readonly<Record<string, string>> = {
      'p.ssn': 'ssn',
      '(p).home.zip': 'zip',
      'a[1]': 'a',
      'ssn::varchar': 'ssn',
      '1::int': 'int4',
      '1 + 1': '?column?',
      "'x'": '?column?',
      'upper(a)': 'upper',
      'NULLIF(a, b)': 'nullif',
      'COALESCE(a, b)': 'coalesce',
      'GREATEST(a, b)': 'greatest',
      'CASE WHEN true THEN a END': 'case',
      'CASE WHEN true THEN 1 ELSE a END': 'a',
      'ARRAY[1]': 'array',
      'ROW(1)': 'row',
      'EXISTS (SELECT 1)': 'exists',
      'ARRAY(SELECT 1)': 'array',
      '(SELECT max(a) FROM t)': 'max',
      '(SELECT a AS b FROM t UNION SELECT 1)': 'b',
      '(VALUES (1))': 'column1',
      current_date: 'current_date',
      'current_timestamp(3)': 'current_timestamp',
      'xmlelement(name x)': 'xmlelement',
      "json_value('1', '$')": 'json_value',
      'a COLLATE "C"': 'a',
    };
    for (const [expression, name] of Object.entries(expected))
      assert.equal(nameOf(expression), name, expression);
  });
});
