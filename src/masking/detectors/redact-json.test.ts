import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors } from './detectors.ts';
import { parseJsonPath } from './json-path.ts';
import { PatternError } from './pattern-error.ts';
import type { JsonPathMask } from './redact-json.ts';
import { JSON_DEPTH_MAX } from './walk-json.ts';

const detectors = compileDetectors();

function masking(path: string, mask: (text: string) => string = () => 'MASKED'): JsonPathMask {
  return { path, className: 'name', mask };
}

function redact(text: string, paths: readonly JsonPathMask[] = []): string {
  const bytes = Buffer.from(`<${text}>`);
  return detectors.redactJson(bytes, 1, bytes.length - 1, { paths })?.toString() ?? text;
}

describe('Detectors.redactJson', () => {
  it('masks what paths lead to, in arrays and without them, and keeps all formatting', () => {
    const paths = [
      masking('name[*].family'),
      masking('$.telecom[*].value'),
      masking("['odd key']"),
      masking('list[1]'),
    ];
    assert.equal(
      redact(
        '{ "name" : [ {"family":"X"} , {"family":null} ],\n\t"telecom":{"value":"Y"}, "odd key":"Z", "list":["a","b"]}',
        paths,
      ),
      '{ "name" : [ {"family":"MASKED"} , {"family":null} ],\n\t"telecom":{"value":"MASKED"}, "odd key":"MASKED", "list":["a","MASKED"]}',
    );
  });

  it('masks what a key names, whoever it belongs to and whichever of several it is', () => {
    const named = ['patientFullName', 'patient_full_name', 'pt-last-name', 'givenName', 'zip5'];
    for (const key of [...named, 'Zip_Code2', 'patientZip', 'homePhone1', 'address3', 'DOB1']) {
      assert.match(redact(`{"${key}":"Zorb"}`), /^\{"[^"]+":"\[[a-z-]+\]"\}$/, key);
    }
    for (const key of ['name', 'name2', 'line1', 'drugName', 'status1', 'patientStatus', 'pt']) {
      assert.equal(redact(`{"${key}":"zorb"}`), `{"${key}":"zorb"}`);
    }
  });

  it('masks everything below a path that leads to an object or an array', () => {
    assert.equal(
      redact('{"a":{"b":["c",{"d":1.5e3}],"e":true}}', [masking('a')]),
      '{"a":{"b":["MASKED",{"d":"MASKED"}],"e":"MASKED"}}',
    );
  });

  it('masks every one of duplicate keys, and keys with escapes', () => {
    assert.equal(
      redact('{"a":"1","\\u0061":"2"}', [masking('a')]),
      '{"a":"MASKED","\\u0061":"MASKED"}',
    );
  });

  it('keeps numbers that no path leads to, however long, and writes masked numbers as numbers where they are', () => {
    const huge = `[${'9'.repeat(400)}, -1.5E-300, 219094321]`;
    assert.equal(redact(huge), huge);
    assert.equal(redact('{"age":93}', [masking('age', () => '90')]), '{"age":90}');
  });

  it('finds values in strings, as they are and escaped', () => {
    assert.equal(redact('["ssn 219-09-4321"]'), '["ssn [ssn]"]');
    assert.equal(redact('["\\u0032\\u00319-09-4321 \\"x\\""]'), '["[ssn] \\"x\\""]');
  });

  it('masks strings under keys that say what they are', () => {
    assert.equal(
      redact('{"family":"Q","given":["Z","Y"],"birthDate":"x","name":"Glucose"}'),
      '{"family":"[name]","given":["[name]","[name]"],"birthDate":"[birth-date]","name":"Glucose"}',
    );
  });

  it('finds values in keys, as they are and escaped, and takes no two of them together', () => {
    assert.equal(
      redact(
        '{"219-09-4321" : {"of \\u0032\\u00319-09-4321 \\"":1},"219-09-4322":[{"219-09-4321":2}]}',
      ),
      '{"[ssn] (1)" : {"of [ssn] \\" (2)":1},"[ssn] (3)":[{"[ssn] (4)":2}]}',
    );
    assert.equal(
      redact('{"219-09-4321":1,"[ssn] (1)":2,"[ssn] (2)":3,"219-09-4322":4}'),
      '{"[ssn] (1)":1,"[ssn] (1) (2)":2,"[ssn] (2) (3)":3,"[ssn] (4)":4}',
    );
    for (const text of ['{"ssn":1}', '{"patient name":1,"ssn":2}', '{"Lab (1)":1,"items[0]":2}']) {
      assert.equal(redact(text), text);
    }
  });

  it('leaves a key whose value a path masks to the detectors', () => {
    const paths = [masking("['219-09-4321']")];
    assert.equal(redact('{"219-09-4321":"x"}', paths), '{"[ssn] (1)":"MASKED"}');
  });

  it('gives a mask text that needs escapes as its characters, and escapes what it returns', () => {
    assert.equal(
      redact('{"a":"x\\ny"}', [masking('a', (text) => `${text.length}"\\\n`)]),
      '{"a":"3\\"\\\\\\n"}',
    );
  });

  it('goes through documents as deep as its limit, and withholds deeper ones', () => {
    const nested = (depth: number): string =>
      `${'['.repeat(depth)}"219-09-4321"${']'.repeat(depth)}`;
    assert(redact(nested(JSON_DEPTH_MAX)).includes('"[ssn]"'));
    assert.equal(redact(nested(JSON_DEPTH_MAX + 1)), '"[redacted]"');
  });

  it('masks what is not JSON as text', () => {
    for (const text of [
      '{"a":',
      '[1,]',
      '{"a" 1}',
      '"a" "b"',
      '[01]',
      "{'a':1}",
      '["\\x"]',
      '[1}',
    ]) {
      assert.equal(redact(`${text} 219-09-4321`), `${text} [ssn]`);
    }
  });

  it('makes JSON of JSON, with the same shape, numbers and count of keys', () => {
    const values = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(
          { value, ssn: '219-09-4321', note: 'call (402) 555-0132' },
          null,
          indent,
        );
        const redacted = JSON.parse(redact(text, [masking('value[*].a')])) as { ssn: string };
        assert.equal(redacted.ssn, '[ssn]');
        assert.deepEqual(shapeOf(redacted), shapeOf(JSON.parse(text)));
      }),
      { numRuns: 300 },
    );
  });
});

/** The count of elements and keys, in an order of its own; what paths and content may change is left out. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value)
    .map((child) => JSON.stringify(shapeOf(child)))
    .toSorted();
}

describe('parseJsonPath', () => {
  it('refuses what is no path', () => {
    for (const path of [
      'a..b',
      'a[',
      'a[-1]',
      'a b',
      '[*',
      "['a]",
      'a['.repeat(3),
      '.a.'.repeat(2),
      'a.'.repeat(80),
    ]) {
      assert.throws(() => parseJsonPath(path), PatternError, path);
    }
  });
});
