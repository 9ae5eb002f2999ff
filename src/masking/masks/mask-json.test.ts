import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JsonValue, maskJson } from './mask-json.ts';
import { createMaskKeys } from './pseudonym-keys.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

describe('maskJson', () => {
  it('masks every value however deep, and keeps names, null and kinds', () => {
    const patient: JsonValue = parseJson(
      '{"name": [{"family": "Ng", "given": ["Ada", null]}], "age": 45, "dead": true, "__proto__": {"a": "b"}}',
    );
    assert.equal(
      JSON.stringify(maskJson({ kind: 'redact' }, patient, CONTEXT)),
      '{"name":[{"family":"[redacted]","given":["[redacted]",null]}],"age":0,"dead":false,"__proto__":{"a":"[redacted]"}}',
    );
  });

  it('masks numbers as numbers where the mask leaves one', () => {
    assert.equal(maskJson({ kind: 'age' }, 95.5, CONTEXT), 90);
    assert.equal(maskJson({ kind: 'age' }, 45.9, CONTEXT), 45);
    assert.equal(maskJson({ kind: 'bucket', size: 10 }, -1, CONTEXT), -10);
    assert.equal(maskJson({ kind: 'bucket', size: 0.5 }, 7, CONTEXT), 0);
    assert.equal(maskJson({ kind: 'bucket', size: 0.001 }, 1e308, CONTEXT), 0);
    assert.equal(maskJson({ kind: 'bucket', size: 0.001 }, 1.2345e307 + 0.5, CONTEXT), 0);
    assert.equal(maskJson({ kind: 'year' }, 19840512, CONTEXT), 1984);
    assert.equal(maskJson({ kind: 'zip3' }, 12345, CONTEXT), 123);
    assert.equal(maskJson({ kind: 'zip3' }, 7, CONTEXT), 0);
    assert.equal(maskJson({ kind: 'partial', keepStart: 0, keepEnd: 4 }, 123456789, CONTEXT), 0);
  });

  it('gives a number the pseudonym of the text that says the same', () => {
    const mask = { kind: 'pseudonym', domain: 'mrn' } as const;
    assert.equal(maskJson(mask, 17, CONTEXT), maskJson(mask, '17', CONTEXT));
  });

  it('shows null for the mask null and the value for the mask fixed', () => {
    assert.equal(maskJson({ kind: 'null' }, { a: 1 }, CONTEXT), null);
    assert.equal(maskJson({ kind: 'fixed', value: 'x' }, 1, CONTEXT), 'x');
  });
});

function parseJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}
