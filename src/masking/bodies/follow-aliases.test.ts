import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskContent } from '../content/masked-content.fixture.ts';
import { followAliases } from './follow-aliases.ts';
import type { GraphqlSelection, GraphqlShape } from './graphql-selection.ts';

function select(name: string, key: string, ...selections: GraphqlSelection[]): GraphqlSelection {
  return { name, key, selections };
}

/** Of one operation, and one result. */
const NO_INPUTS = { inputNames: [], isWrite: false };

function shapeOf(...selections: GraphqlSelection[]): GraphqlShape {
  return { ...NO_INPUTS, operations: [selections], isBatch: false };
}

function mask(document: unknown, shape: GraphqlShape, fields: Record<string, string>): unknown {
  const mapped = Object.entries(fields).map(([path, dataClass]) => ({ path, dataClass }));
  const entry = { format: 'json', fields: followAliases(mapped, shape) ?? [] } as const;
  return JSON.parse(maskContent(entry, [JSON.stringify(document)]).text);
}

const CODE = 'data.patients[*].code';

describe('followAliases', () => {
  it('masks a field under every name that the response has it by', () => {
    const shape = shapeOf(
      select('patients', 'sick', select('code', 'a'), select('code', 'b'), select('ward', 'code')),
      select('patients', 'patients', select('code', 'code')),
    );
    const sick = [{ a: 'x', b: 'y', code: '4E' }];
    assert.deepEqual(
      mask({ data: { sick, patients: [{ code: 'z' }] } }, shape, { [CODE]: 'name' }),
      {
        data: {
          sick: [{ a: '[redacted]', b: '[redacted]', code: '4E' }],
          patients: [{ code: '[redacted]' }],
        },
      },
    );
  });

  it('shows what is nobody’s under no name that something else has', () => {
    const fields = { 'data.p.ward': 'none', 'data.p.mail': 'email' };
    const ward = { data: { p: { ward: 'write to otto@example.org' } } };
    assert.deepEqual(mask(ward, shapeOf(select('p', 'p', select('ward', 'ward'))), fields), ward);
    for (const inner of [
      [select('mail', 'ward')],
      [select('ward', 'ward'), select('note', 'ward')],
    ]) {
      const masked = mask(ward, shapeOf(select('p', 'p', ...inner)), fields);
      assert.doesNotMatch(JSON.stringify(masked), /otto@/);
    }
  });

  it('goes by the own name of a field that nothing is said of', () => {
    const shape = shapeOf(select('p', 'q', select('ssn', 'x'), select('birthDate', 'y')));
    assert.deepEqual(mask({ data: { q: [{ x: 'a', y: '1955-08-09' }] } }, shape, {}), {
      data: { q: [{ x: '[redacted]', y: '1955' }] },
    });
  });

  it('follows stars, documents in scalars, and lists of results', () => {
    const star = shapeOf(select('p', 'q', select('a', 'b')));
    assert.deepEqual(mask({ data: { q: { b: '1' } } }, star, { 'data.*.a': 'name' }), {
      data: { q: { b: '[redacted]' } },
    });
    const scalar = shapeOf(select('doc', 'd'));
    assert.deepEqual(
      mask({ data: { d: { in: { a: '1' } } } }, scalar, { 'data.doc.in.a': 'name' }),
      { data: { d: { in: { a: '[redacted]' } } } },
    );
    const batch = {
      ...NO_INPUTS,
      operations: [[select('a', 'b')], [select('a', 'a')]],
      isBatch: true,
    };
    assert.deepEqual(
      mask([{ data: { b: '1' } }, { data: { a: '2' } }], batch, { 'data.a': 'name' }),
      [{ data: { b: '[redacted]' } }, { data: { a: '[redacted]' } }],
    );
  });

  it('refuses more aliases than anybody needs', () => {
    const many = Array.from({ length: 100 }, (_, index) => select('a', `b${index}`));
    const shape = shapeOf(...many.map(({ key }) => select('p', key, ...many)));
    assert.equal(followAliases([{ path: 'data.p.a', dataClass: 'name' }], shape), undefined);
  });
});
