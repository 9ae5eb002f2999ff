import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeldContext, HeldOperation } from '../../access/access-request.ts';
import type { RevealedClasses } from '../services.ts';
import { layOutStatement } from './lay-out-statement.ts';
import { NOBODY, showOperation } from './show-operation.ts';

const TEXT =
  "SELECT mrn, last_name FROM patients WHERE ssn = '123-45-6789' AND ward = 'B4' ORDER BY mrn LIMIT 10";

const OPERATION: HeldOperation = {
  protocol: 'postgres',
  at: 'commit',
  text: TEXT,
  textSha256: 'ab'.repeat(32),
  literals: [spanOf("'123-45-6789'", 'ssn'), spanOf("'B4'", undefined), spanOf('10', undefined)],
  parameters: [
    { text: '987-65-4321', className: 'ssn' },
    { text: 'x', className: undefined },
    { text: undefined, className: 'ssn' },
  ],
  actions: ['sql.select'],
  relations: ['public.patients'],
  facts: { bulk: true, limit: 10, columns: ['a'], odd: { not: 'shown' } },
  classesTouched: ['ssn', 'name'],
  estimatedRows: undefined,
  context: undefined,
  changes: [
    {
      relation: 'public.patients',
      inserted: 0,
      updated: 1,
      deleted: 0,
      columns: ['ssn'],
      samples: [{ before: ['123-45-6789'], after: [undefined] }],
    },
  ],
};

function spanOf(part: string, className: string | undefined) {
  const start = TEXT.indexOf(part);
  return { start, end: start + part.length, className };
}

function reader(...names: readonly string[]): RevealedClasses {
  return { names: new Set(names), areAll: false };
}

const SEES_ALL: RevealedClasses = { names: new Set(['ssn', 'name']), areAll: true };

describe('showOperation', () => {
  it('leaves a command of a host in the lines that it has', () => {
    const text = 'systemctl set default\nwhere now';
    const command = { ...OPERATION, protocol: 'ssh', text, literals: [] } as const;
    assert.equal(showOperation(command, NOBODY).formatted.text, text);
  });

  it('hides every value from who may see none of it, in both texts, and the digest with them', () => {
    const shown = showOperation(OPERATION, NOBODY);
    const said = JSON.stringify(shown);
    assert.doesNotMatch(said, /123-45-6789|987-65-4321|B4|abab/);
    assert.equal(
      shown.original.text,
      "SELECT mrn, last_name FROM patients WHERE ssn = '•••' AND ward = '•••' ORDER BY mrn LIMIT •••",
    );
    for (const { text, hidden } of [shown.original, shown.formatted]) {
      assert.deepEqual(
        hidden.map(({ start, end }) => text.slice(start, end)),
        ["'•••'", "'•••'", '•••'],
      );
      assert.deepEqual(
        hidden.map(({ className }) => className),
        ['ssn', undefined, undefined],
      );
    }
    assert.deepEqual(shown.changes?.[0]?.samples, []);
    assert.deepEqual(
      shown.parameters.map(({ value, hidden }) => [value, hidden]),
      [
        ['•••', true],
        ['•••', true],
        [null, false],
      ],
    );
  });

  it('gives no digest to who may not see a value that it may be of', () => {
    const text = 'GET https://fhir/Patient?ssn=…';
    const request = { ...OPERATION, protocol: 'http', text, literals: [] } as const;
    assert.equal(showOperation(request, NOBODY).textSha256, undefined);
    assert.equal(showOperation(request, SEES_ALL).textSha256, OPERATION.textSha256);
  });

  it('shows the values of a class to who may see it, and not those of which nobody knows what they are', () => {
    const shown = showOperation(OPERATION, reader('ssn'));
    assert.match(shown.original.text, /'123-45-6789' AND ward = '•••'/);
    assert.equal(shown.textSha256, undefined);
    assert.deepEqual(shown.changes?.[0]?.samples, []);
  });

  it('hides values of no known class although nothing else is touched', () => {
    const literals = OPERATION.literals.map((literal) => ({ ...literal, className: undefined }));
    const operation = { ...OPERATION, literals, classesTouched: [] };
    for (const who of [NOBODY, reader('ssn', 'name')]) {
      const said = showOperation(operation, who).original.text;
      assert.doesNotMatch(said, /123-45-6789|B4/);
    }
    assert.match(showOperation(operation, SEES_ALL).original.text, /123-45-6789/);
  });

  it('shows what else the approval is for, with the values in it hidden alike', () => {
    const text = "SET app.patient = '4711'";
    const start = text.indexOf("'");
    const context: HeldContext = {
      searchPath: undefined,
      formats: { TimeZone: 'UTC' },
      settings: [{ text, literals: [{ start, end: text.length, className: undefined }] }],
      earlierSettings: 1,
      setsRole: true,
      isCertain: false,
    };
    const shown = showOperation({ ...OPERATION, context }, reader('ssn')).context;
    assert.deepEqual(shown?.searchPath, null);
    assert.equal(shown?.settings[0]?.text, "SET app.patient = '•••'");
    const all = showOperation({ ...OPERATION, context }, SEES_ALL).context;
    assert.equal(all?.settings[0]?.text, text);
  });

  it('shows all to who may see every class', () => {
    const shown = showOperation(OPERATION, SEES_ALL);
    assert.equal(shown.original.text, TEXT);
    assert.equal(shown.textSha256, OPERATION.textSha256);
    assert.deepEqual(shown.changes?.[0]?.samples, [{ before: ['123-45-6789'], after: [null] }]);
    assert.deepEqual(shown.facts, { bulk: true, limit: 10, columns: ['a'] });
  });
});

describe('layOutStatement', () => {
  const layOut = (text: string): string => layOutStatement({ text, hidden: [] }).text;

  it('breaks lines before the clauses of a statement', () => {
    assert.equal(
      layOut(TEXT),
      [
        'SELECT mrn, last_name',
        'FROM patients',
        "WHERE ssn = '123-45-6789'",
        "  AND ward = 'B4'",
        'ORDER BY mrn',
        'LIMIT 10',
      ].join('\n'),
    );
  });

  it('leaves alone what is not simple: there a change of white space could change the meaning', () => {
    for (const text of [
      `SELECT /* a comment that could hide where it ends */ mrn FROM patients WHERE ssn = '1'`,
      `SELECT $$ FROM here on all is text $$, mrn FROM patients WHERE mrn = '1' AND ssn = '2'`,
      String.raw`SELECT E'it\'s FROM here' , mrn FROM patients WHERE mrn = '1' AND ssn = '22222'`,
      // No condition: all of it is one name.
      'DELETE FROM patients p\u00a0WHERE\u00a0mrn\u00a0＝\u00a0one\u00a0of\u00a0several\u00a0numbers',
      `SELECT 'an end is missing, mrn FROM patients WHERE mrn = 1 AND ssn = 2 ORDER BY mrn`,
    ]) {
      assert.equal(layOut(text), text);
    }
  });

  it('keeps a comment on a line of its own end', () => {
    const text = `SELECT mrn -- the number\nFROM patients WHERE ssn = '1' AND ward = 'B4' AND mrn > 4711`;
    assert.match(layOut(text), /^SELECT mrn -- the number\nFROM patients\n/);
  });

  it('changes white space outside of quotes and nothing else', () => {
    const words = fc.constantFrom(
      'SELECT',
      'FROM',
      'AND',
      'a',
      '"q  x"',
      "'it''s  FROM'",
      '(',
      ')',
      ',',
      ';',
      '--c',
      '::',
      '<=',
      '\n',
      ' ',
      '  ',
      '1.5',
      '$1',
      'JOIN',
      '•••',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        const text = parts.join(' ');
        const laidOut = layOut(text);
        assert.equal(laidOut.replaceAll(/\s+/gu, ''), text.replaceAll(/\s+/gu, ''));
        for (const quoted of text.match(/"q {2}x"|'it''s {2}FROM'/g) ?? []) {
          assert.ok(laidOut.includes(quoted));
        }
      }),
    );
  });
});
