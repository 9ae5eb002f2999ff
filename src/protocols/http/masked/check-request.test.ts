import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBodyMasking } from '../../../masking/bodies/body-masking.ts';
import type { GraphqlShape } from '../../../masking/bodies/graphql-selection.ts';
import { createMaskKeys } from '../../../masking/masks/pseudonym-keys.ts';
import { fakeMasks } from '../../../masking/rows/text-masks.fixture.ts';
import { type Field, FieldList } from '../../../wire/http/field-list.ts';
import { type CheckedRequest, checkMaskedRequest } from './check-request.ts';

const KEYS = createMaskKeys(Buffer.alloc(32, 7), 1);

/** Of a server that speaks FHIR, and GraphQL beside it, to somebody who may see nothing. */
const MASKING = openBodyMasking({
  dataMap: {
    bodies: [
      {
        ...{ glob: '/graphql', format: 'json', delimiter: ',', hasHeader: true },
        fields: [{ path: 'data.patient.mrn', dataClass: 'mrn' }],
      },
    ],
    ...{ messages: [], parameters: [], unmappedBodies: 'inspect' },
    ...{ masks: {}, customClasses: [], detectors: [] },
  },
  fhirPath: '/r4',
  textMasks: fakeMasks(),
  context: () => ({ keys: KEYS, thisYear: 2026 }),
});

interface Sent {
  readonly path: string;
  readonly query?: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly graphql?: GraphqlShape;
  readonly otherPaths?: readonly string[];
}

function check({
  path,
  query = '',
  fields,
  body,
  graphql,
  otherPaths = [],
}: Sent): CheckedRequest['kind'] | undefined {
  const bytes = Buffer.from(body);
  let kind: CheckedRequest['kind'] | undefined;
  checkMaskedRequest(
    {
      masking: MASKING,
      shown: new Map(),
      request: {
        ...{ method: 'POST', scheme: 'https', authority: 'fhir.example', version: '1.1' },
        ...{ path, query, upgrade: undefined, bodyBytes: bytes.length },
        fields: FieldList.of(fields),
      },
      graphql,
      otherPaths,
      grpcMethod: undefined,
      readBody: (_, act) => act(bytes),
    },
    (checked) => {
      kind = checked.kind;
    },
  );
  return kind;
}

function checkCreate(...fields: readonly Field[]): CheckedRequest['kind'] | undefined {
  const body = '{"resourceType":"Observation"}';
  const type: Field = ['content-type', 'application/fhir+json'];
  return check({ path: '/r4/Observation', fields: [type, ...fields], body });
}

describe('checkMaskedRequest', () => {
  it('refuses conditions that ask by what is hidden, and several: servers take one or another', () => {
    const plain: Field = ['if-none-exist', 'status=final'];
    assert.equal(checkCreate(), 'permitted');
    assert.equal(checkCreate(plain), 'permitted');
    assert.equal(checkCreate(['if-none-exist', 'subject.name=Quxley']), 'refused');
    assert.equal(checkCreate(plain, ['if-none-exist', 'subject.name=Quxley']), 'refused');
  });

  it('looks through the provenance of what is written as through a body', () => {
    const provenance = (reference: string): Field => [
      'x-provenance',
      JSON.stringify({ resourceType: 'Provenance', agent: [{ who: { reference } }] }),
    ];
    assert.equal(checkCreate(provenance('Practitioner/1')), 'permitted');
    assert.equal(checkCreate(provenance('Patient?name=Quxley')), 'refused');
    assert.equal(
      checkCreate(provenance('Practitioner/1'), provenance('Patient?name=Q')),
      'refused',
    );
    assert.equal(checkCreate(['x-provenance', '<Provenance/>']), 'refused');
    const elsewhere = { path: '/notes', fields: [provenance('Patient?name=Quxley')], body: '{}' };
    assert.equal(check(elsewhere), 'permitted');
  });

  it('refuses conditions of stores by what is hidden that nobody was shown', () => {
    const write = (name: string): CheckedRequest['kind'] | undefined =>
      check({ path: '/notes', fields: [[name, 'x']], body: '' });
    for (const name of [
      'x-ms-if-tags',
      'x-ms-source-if-tags',
      'x_ms_if_tags',
      'x-amz-if-match-last-modified-time',
    ]) {
      assert.equal(write(name), 'refused', name);
    }
    assert.equal(write('x-goog-if-generation-match'), 'permitted');
    assert.equal(write('x-ms-tags'), 'permitted');
  });

  it('lets nobody choose as what a store says its answer is, by which it is masked', () => {
    for (const query of [
      'response-content-type=text/plain',
      'versionId=1&Response-Content-Type=text/plain',
      'response%2Dcontent-type=text/plain',
      'response-content-encoding=identity',
    ]) {
      assert.equal(check({ path: '/notes', query, fields: [], body: '' }), 'refused', query);
    }
    for (const query of ['response-content-disposition=inline', 'response=1', 'a=%20']) {
      assert.equal(check({ path: '/notes', query, fields: [], body: '' }), 'permitted', query);
    }
  });

  it('has nothing copied to where it would be masked otherwise, or from there', () => {
    const copy = { path: '/notes', fields: [], body: '' };
    assert.equal(check({ ...copy, otherPaths: ['/others'] }), 'permitted');
    assert.equal(check({ ...copy, otherPaths: ['/others', '/r4/Patient'] }), 'refused');
    assert.equal(check({ ...copy, path: '/r4/Binary/1', otherPaths: ['/notes'] }), 'refused');
  });

  it('looks at GraphQL by the names of its arguments, in whatever it is written', () => {
    const shape = { operations: [], isBatch: false, inputNames: ['id'], isWrite: false };
    const asked = {
      path: '/graphql',
      fields: [['content-type', 'application/graphql']],
      body: '{patient(id:7){mrn}}',
    } as const;
    assert.equal(check({ ...asked, graphql: shape }), 'permitted');
    assert.equal(check({ ...asked, graphql: { ...shape, inputNames: ['mrn'] } }), 'refused');
    assert.equal(check(asked), 'refused');
  });
});
