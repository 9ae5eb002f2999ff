import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rootWithoutSources } from './configuration-root.ts';

import type { DataMap } from './data-map.ts';
import { parseNamePatterns } from './name-pattern.ts';
import { postgresTargetFileSchema } from './postgres-target-file.ts';
import { readYamlDocument } from './yaml-document.ts';

const FILE = 'targets/ehr.yaml';
const HEAD = `kind: postgres
address: db.clinic.example
database: ehr
credential: {user: sallyport, password: env:PASSWORD}
`;

function read(
  dataMap: string,
): ReturnType<typeof readYamlDocument<{ readonly dataMap?: DataMap }>> {
  const schema = postgresTargetFileSchema({
    root: rootWithoutSources('/etc/sallyport'),
    name: 'ehr',
    idleTimeoutMs: 0,
    side: 'gateway',
  });
  return readYamlDocument(FILE, HEAD + dataMap, schema);
}

function readValid(dataMap: string): DataMap | undefined {
  const reading = read(dataMap);
  if (reading.kind === 'invalid') assert.fail(JSON.stringify(reading.problems));
  return reading.value.dataMap;
}

/** The only problem: line and column within the data map, and the message. */
function complain(dataMap: string): string {
  const reading = read(dataMap);
  assert.equal(reading.kind, 'invalid', dataMap);
  const [problem, ...more] = reading.problems;
  assert(problem !== undefined && problem.file === FILE);
  assert.deepEqual(more, []);
  return `${problem.line - 4}:${problem.column} ${problem.message}`;
}

describe('dataMap', () => {
  it('is read with classes, masks, wildcards, quoted names and paths', () => {
    const dataMap = readValid(`dataMap:
  columns:
    public.patients.ssn: ssn
    public.patients.zip: { class: address, mask: zip3 }
    public.patients.id: none
    public.pat*_old.*: other-id
    'clinic."Odd.""Name".*': study-id
    public.docs.doc: { class: json, paths: { 'name[*].family': name, birthDate: { class: birth-date, mask: year } } }
  patientKeys:
    public.patients: id
    '*."Visit*s"': '"Patient Id"'
  unmappedRelations: inspect
  masks: { ssn: last4, study-id: { bucket: 10 } }
  customClasses:
    study-id: { title: Study identifier, mask: { pseudonym: studies } }
    hobby: { title: What they do }
  detectors:
    - { name: study-number, class: study-id, pattern: '\\bST-\\d{5}\\b' }
    - { name: bay, class: other-id, pattern: 'bay \\d+', contextWords: [ward, bed] }
`);
    assert.deepEqual(dataMap, {
      columns: [
        {
          key: 'public.patients.ssn',
          schema: ['public'],
          relation: ['patients'],
          column: ['ssn'],
          dataClass: 'ssn',
          paths: [],
        },
        {
          key: 'public.patients.zip',
          schema: ['public'],
          relation: ['patients'],
          column: ['zip'],
          dataClass: 'address',
          mask: { kind: 'zip3' },
          paths: [],
        },
        {
          key: 'public.patients.id',
          schema: ['public'],
          relation: ['patients'],
          column: ['id'],
          dataClass: 'none',
          paths: [],
        },
        {
          key: 'public.pat*_old.*',
          schema: ['public'],
          relation: ['pat', '_old'],
          column: ['', ''],
          dataClass: 'other-id',
          paths: [],
        },
        {
          key: 'clinic."Odd.""Name".*',
          schema: ['clinic'],
          relation: ['Odd."Name'],
          column: ['', ''],
          dataClass: 'study-id',
          paths: [],
        },
        {
          key: 'public.docs.doc',
          schema: ['public'],
          relation: ['docs'],
          column: ['doc'],
          dataClass: 'json',
          paths: [
            { path: 'name[*].family', dataClass: 'name' },
            { path: 'birthDate', dataClass: 'birth-date', mask: { kind: 'year' } },
          ],
        },
      ],
      patientKeys: [
        { key: 'public.patients', schema: ['public'], relation: ['patients'], column: 'id' },
        { key: '*."Visit*s"', schema: ['', ''], relation: ['Visit*s'], column: 'Patient Id' },
      ],
      unmappedRelations: 'inspect',
      masks: {
        ssn: { kind: 'partial', keepStart: 0, keepEnd: 4 },
        'study-id': { kind: 'bucket', size: 10 },
      },
      customClasses: [
        {
          name: 'study-id',
          title: 'Study identifier',
          mask: { kind: 'pseudonym', domain: 'studies' },
        },
        { name: 'hobby', title: 'What they do', mask: { kind: 'redact' } },
      ],
      detectors: [
        {
          name: 'study-number',
          dataClass: 'study-id',
          pattern: '\\bST-\\d{5}\\b',
          contextWords: [],
        },
        {
          name: 'bay',
          dataClass: 'other-id',
          pattern: 'bay \\d+',
          contextWords: ['ward', 'bed'],
        },
      ],
    });
  });

  it('is absent where a file has none, and empty where it says nothing', () => {
    assert.equal(readValid(''), undefined);
    assert.deepEqual(readValid('dataMap: {}'), {
      columns: [],
      patientKeys: [],
      unmappedRelations: 'pass',
      masks: {},
      customClasses: [],
      detectors: [],
    });
  });

  it('takes every mask, and YAML null for the mask null', () => {
    const masks = [
      ['redact', { kind: 'redact' }],
      ['null', { kind: 'null' }],
      ['{ fixed: gone }', { kind: 'fixed', value: 'gone' }],
      ['last4', { kind: 'partial', keepStart: 0, keepEnd: 4 }],
      ['{ partial: { keepStart: 2 } }', { kind: 'partial', keepStart: 2, keepEnd: 0 }],
      ['year', { kind: 'year' }],
      ['age', { kind: 'age' }],
      ['zip3', { kind: 'zip3' }],
      ['email-domain', { kind: 'email-domain' }],
      ['ip-prefix', { kind: 'ip-prefix' }],
      ['{ bucket: 0.5 }', { kind: 'bucket', size: 0.5 }],
      ['date-shift', { kind: 'date-shift' }],
      ['pseudonym', { kind: 'pseudonym' }],
      ['{ pseudonym: mrn }', { kind: 'pseudonym', domain: 'mrn' }],
      ['{ vault: mrn }', { kind: 'vault', domain: 'mrn' }],
    ] as const;
    for (const [text, mask] of masks) {
      assert.deepEqual(readValid(`dataMap: {masks: {mrn: ${text}}}`)?.masks, { mrn: mask }, text);
    }
  });

  it('says where and why an entry is wrong', () => {
    const column = (line: string): string => complain(`dataMap:\n  columns:\n    ${line}\n`);
    assert.match(column('public.a.b: sssn'), /^3:17 Cannot read .*: must be one of name, address,/);
    assert.match(column('public.a.b: derived'), /must be one of name/);
    assert.match(column('public.a: ssn'), /^3:15 .*: must be schema.relation.column$/);
    assert.match(column('public.a.b.c: ssn'), /must be schema.relation.column$/);
    assert.match(column('public.Patients.b: ssn'), /must have names in double quotes unless/);
    assert.match(column('public..b: ssn'), /must be names with dots between them/);
    assert.match(column(`public.a.${'b'.repeat(64)}: ssn`), /at most 63 bytes$/);
    assert.match(column(`'"public".a."b': ssn`), /must have names in double quotes|must be names/);
    assert.match(
      column('public.a.b: {class: ssn, mask: last5}'),
      /^3:\d+ .*must be one of redact,/,
    );
    assert.match(column('public.a.b: {class: ssn, mask: {bucket: 0}}'), /must be/);
    assert.match(column('public.a.b: {class: ssn, masks: year}'), /did you mean mask\?$/);
    assert.match(column('public.a.b: {mask: year}'), /class: is missing$/);
    assert.match(column('public.a.b: {class: none, mask: year}'), /must not be given with none$/);
    assert.match(
      column('public.a.b: {class: name, paths: {a: name}}'),
      /only be given with the class json$/,
    );
    assert.match(
      column('public.a.b: {class: json, mask: redact, paths: {a: name}}'),
      /would mask the whole document$/,
    );
    assert.match(
      column('public.a.b: {class: json, paths: {a..b: name}}'),
      /must be keys with dots/,
    );
    assert.match(column('public.a.b: {class: json, paths: {a: nme}}'), /must be one of name/);
    assert.match(
      complain(`dataMap:\n  columns:\n    public.a.b: ssn\n    'public."a".b': name\n`),
      /^4:\d+ .*names the same columns as an entry before it$/,
    );
    assert.match(
      complain('dataMap: {unmappedRelations: hide}'),
      /must be one of pass, inspect, mask/,
    );
    assert.match(complain('dataMap: {masks: {unmapped: year}}'), /must be one of name/);
    assert.match(
      complain('dataMap: {patientKeys: {public.a: b.c}}'),
      /must be the name of one column/,
    );
    assert.match(
      complain('dataMap: {patientKeys: {public.a: "*"}}'),
      /must be the name of one column/,
    );
    assert.match(
      complain('dataMap: {customClasses: {ssn: {title: x}}}'),
      /is the name of a built-in/,
    );
    assert.match(
      complain('dataMap: {customClasses: {none: {title: x}}}'),
      /is the name of a built-in/,
    );
    assert.match(complain('dataMap: {customClasses: {A: {title: x}}}'), /lower-case letters/);
    assert.match(complain('dataMap: {customClasses: {a: {}}}'), /title: is missing/);
    const detector = (text: string): string => complain(`dataMap:\n  detectors:\n    - ${text}`);
    assert.match(detector('{name: a, pattern: x}'), /^3:7 .*detectors\[0\].class: is missing$/);
    assert.match(detector('{name: a, class: json, pattern: x}'), /^3:24 .* must be one of name/);
    assert.match(detector('{name: a, class: ssn}'), /pattern: is missing$/);
    assert.match(detector('{name: a, class: ssn, pattern: ""}'), /must be one line of 1 to 1000/);
    assert.match(
      detector(`{name: a, class: ssn, pattern: ${'x'.repeat(1_001)}}`),
      /must be one line of 1 to 1000 characters$/,
    );
    assert.match(
      detector('{name: a, class: ssn, pattern: x}\n    - {name: a, class: ssn, pattern: y}'),
      /^4:14 .*is the name of another detector$/,
    );
    assert.match(
      detector('{name: a, class: ssn, pattern: x, words: [y]}'),
      /is not known|unknown|did you mean/,
    );
  });
});

describe('parseNamePatterns', () => {
  it('reads back any names in quotes', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 15 })
      .map((text) => text.replaceAll('\0', '0'));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const text = names.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
        assert.deepEqual(parseNamePatterns(text), {
          kind: 'read',
          parts: names.map((part) => [part]),
        });
      }),
    );
  });

  it('refuses text that ends inside a name, or before one', () => {
    for (const text of [
      '',
      '.',
      'a.',
      '.a',
      '"',
      '"a',
      '"a"b',
      'a"b"',
      '"a""',
      '""',
      'a b',
      'a\0',
    ]) {
      assert.equal(parseNamePatterns(text).kind, 'invalid', text);
    }
  });
});
