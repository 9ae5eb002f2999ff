import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CAPTURED_VALUES, findCapturedType } from './captured-values.fixture.ts';
import { compileFieldMask, type InspectedColumn } from './column-masker.ts';
import type { MaskedValue } from './field-mask.ts';
import { Findings } from './findings.ts';
import { UTF8 } from './text-encoding.ts';
import { type FakeMasks, fakeMasks, SECRET } from './text-masks.fixture.ts';

interface Run {
  readonly masked: MaskedValue;
  readonly findings: Findings;
}

/** Masks one value that lies between other bytes. */
function run(value: Buffer, changes: Partial<InspectedColumn>, masks: FakeMasks): Run {
  const column = {
    typeOid: 25,
    isBinary: false,
    encoding: UTF8,
    inspect: 'unknown',
    paths: [],
    ...changes,
  } as const;
  const findings = new Findings(masks);
  const buffer = Buffer.concat([Buffer.from('SECRET"{('), value, Buffer.from('SECRET"\\')]);
  const mask = compileFieldMask(column, findings, findCapturedType);
  return { masked: mask?.(buffer, 9, 9 + value.length), findings };
}

const countSecrets = (text: string): number => text.split(SECRET).length - 1;
const isKnownForm = (name: string): boolean =>
  name !== 'tsvector' && name !== 'textrange' && name !== 'hstore';

describe('compileFieldMask', () => {
  for (const { name, typeOid, text, binary } of CAPTURED_VALUES) {
    const secrets = countSecrets(text);

    it(`finds every text in the text format of: ${name}`, () => {
      const { masked, findings } = run(Buffer.from(text), { typeOid }, fakeMasks());
      if (name.startsWith('bytea')) {
        assert.match(String(masked), /4d41534b4544/u);
        assert.doesNotMatch(String(masked), /534543524554/u);
      } else if (secrets === 0) {
        assert.equal(masked, undefined);
      } else {
        assert.ok(Buffer.isBuffer(masked));
        assert.equal(countSecrets(String(masked)), 0);
        assert.equal(findings.byClass.get('name'), secrets);
      }
      assert.equal(findings.withheld, 0);
    });

    it(`finds every text in the binary format of: ${name}`, () => {
      const value = Buffer.from(binary, 'hex');
      const { masked, findings } = run(value, { typeOid, isBinary: true }, fakeMasks());
      const expected = binary.replaceAll('534543524554', '4d41534b4544');
      if (!isKnownForm(name)) {
        assert.equal(masked, null);
        assert.equal(findings.withheld, 1);
      } else if (expected === binary) {
        assert.equal(masked, undefined);
      } else {
        assert.equal(masked?.toString('hex'), expected);
        assert.equal(findings.withheld, 0);
      }
    });

    it(`keeps what it wrote readable, in both formats: ${name}`, () => {
      for (const isBinary of [false, true]) {
        const value = isBinary ? Buffer.from(binary, 'hex') : Buffer.from(text);
        const first = run(value, { typeOid, isBinary }, fakeMasks('a "{(\\,)}"'));
        if (first.masked === null || first.masked === undefined) continue;
        const masks = fakeMasks();
        const again = run(first.masked, { typeOid, isBinary }, masks);
        assert.equal(again.masked, undefined);
        assert.equal(again.findings.withheld, 0);
        const seen = masks.asked.join('\n');
        assert.equal(seen.split('a "{(\\,)}"').length - 1 >= 1, true, seen);
      }
    });

    it(`never passes a known binary form cut at any byte: ${name}`, () => {
      const value = Buffer.from(binary, 'hex');
      const isText = ['varchar', 'bpchar', 'name', 'xml', 'citext', 'bytea', 'json', 'jsonb'];
      if (!isKnownForm(name) || isText.includes(name)) return;
      for (let length = 0; length < value.length; length++) {
        const { masked } = run(value.subarray(0, length), { typeOid, isBinary: true }, fakeMasks());
        assert.equal(masked, null);
      }
    });
  }

  it('does not look at types that hold no text, unless told to', () => {
    for (const typeOid of [20, 23, 701, 1082, 2950, 1007, 3904, 16625]) {
      const plain = { typeOid, isBinary: false, encoding: UTF8, paths: [] };
      const column = { ...plain, inspect: 'unknown' } as const;
      const findings = new Findings(fakeMasks());
      assert.equal(compileFieldMask(column, findings, findCapturedType), undefined);
      assert.ok(compileFieldMask({ ...column, inspect: 'text' }, findings, findCapturedType));
    }
    const told = { typeOid: 23, inspect: 'text' } as const;
    assert.equal(run(Buffer.from('SECRET'), told, fakeMasks()).masked, null);
    assert.equal(run(Buffer.from('7'), told, fakeMasks()).masked, undefined);
    assert.equal(run(Buffer.from('7'), { ...told, isBinary: true }, fakeMasks()).masked, null);
  });

  it('gives JSON to the mask for JSON, wherever it sits', () => {
    const places = [
      { typeOid: 114, text: '{"a":1}', inspect: 'unknown' },
      { typeOid: 25, text: '{"a":1}', inspect: 'json' },
      { typeOid: 3807, text: '{"{\\"a\\":1}"}', inspect: 'unknown' },
      { typeOid: 2249, text: '(5,"{""a"":1}")', inspect: 'unknown' },
    ] as const;
    for (const { text, ...column } of places) {
      const masks = fakeMasks();
      run(Buffer.from(text), column, masks);
      assert.ok(masks.asked.includes('json:{"a":1}'), text);
    }
  });

  it('shows nothing of a classified column whose binary form is unknown', () => {
    const value = Buffer.from('harmless');
    const column = { typeOid: 16389, isBinary: true } as const;
    assert.equal(run(value, { ...column, inspect: 'text' }, fakeMasks()).masked, null);
    assert.equal(run(value, { ...column, inspect: 'unknown' }, fakeMasks()).masked, undefined);
  });

  it('takes apart what looks like a record, an array or JSON, and looks at the rest as it is', () => {
    const typeOid = 99_999;
    const mask = (text: string): string =>
      String(run(Buffer.from(text), { typeOid }, fakeMasks()).masked);
    assert.equal(mask('(1,"a ""SECRET""")'), '(1,"a ""MASKED""")');
    assert.equal(mask('{"a \\"SECRET\\"",b}'), '{"a \\"MASKED\\"",b}');
    assert.equal(mask('{"a":"SECRET"}'), '{"a":"MASKED"}');
    for (const text of [
      '(SECRET',
      '{SECRET',
      '[SECRET',
      '[1:2]={SECRET',
      'SECRET)',
      '(a)SECRET)',
    ]) {
      assert.equal(mask(text), text.replace('SECRET', 'MASKED'));
    }
  });

  it('ends, and keeps no secret, however deep values sit in values', () => {
    let text = SECRET;
    for (let depth = 0; depth < 12; depth++) {
      text = `("${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}")`;
    }
    const { masked } = run(Buffer.from(text), { typeOid: 2249 }, fakeMasks());
    assert.equal(countSecrets(String(masked)), 0);
  });

  it('throws at no bytes of any type, and lets no secret by that it can read', () => {
    const oids = CAPTURED_VALUES.map(({ typeOid }) => typeOid);
    const noise = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '(',
        ')',
        '"',
        '\\',
        ',',
        '[',
        ']',
        '=',
        SECRET,
        'a',
        'NULL',
        '\\x00',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...oids), noise, fc.boolean(), (typeOid, parts, isBinary) => {
        const value = Buffer.from(parts.join(''));
        const { masked } = run(value, { typeOid, isBinary }, fakeMasks());
        assert.equal(countSecrets(String(masked === undefined ? value : masked)), 0);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...oids), fc.uint8Array({ maxLength: 60 }), (typeOid, bytes) => {
        run(Buffer.from(bytes), { typeOid, isBinary: true }, fakeMasks());
      }),
      { numRuns: 3000 },
    );
  });
});
