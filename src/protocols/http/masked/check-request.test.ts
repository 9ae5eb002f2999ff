import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBodyMasking } from '../../../masking/bodies/body-masking.ts';
import { createMaskKeys } from '../../../masking/masks/pseudonym-keys.ts';
import { fakeMasks } from '../../../masking/rows/text-masks.fixture.ts';
import { type Field, FieldList } from '../../../wire/http/field-list.ts';
import { type CheckedRequest, checkMaskedRequest } from './check-request.ts';

const KEYS = createMaskKeys(Buffer.alloc(32, 7), 1);

/** Of a server that speaks FHIR, to somebody who may see nothing. */
const MASKING = openBodyMasking({
  dataMap: {
    ...{ bodies: [], messages: [], parameters: [], unmappedBodies: 'inspect' },
    ...{ masks: {}, customClasses: [], detectors: [] },
  },
  fhirPath: '/',
  textMasks: fakeMasks(),
  context: () => ({ keys: KEYS, thisYear: 2026 }),
});

function checkCreate(...fields: readonly Field[]): CheckedRequest['kind'] | undefined {
  const body = Buffer.from('{"resourceType":"Observation"}');
  let kind: CheckedRequest['kind'] | undefined;
  checkMaskedRequest(
    {
      masking: MASKING,
      shown: new Map(),
      request: {
        ...{ method: 'POST', scheme: 'https', authority: 'fhir.example', version: '1.1' },
        ...{ path: '/Observation', query: '', upgrade: undefined, bodyBytes: body.length },
        fields: FieldList.of([['content-type', 'application/fhir+json'], ...fields]),
      },
      graphql: undefined,
      grpcMethod: undefined,
      readBody: (_, act) => act(body),
    },
    (checked) => {
      kind = checked.kind;
    },
  );
  return kind;
}

describe('checkMaskedRequest', () => {
  it('refuses conditions that ask by what is hidden, and several: servers take one or another', () => {
    const plain: Field = ['if-none-exist', 'status=final'];
    assert.equal(checkCreate(), 'permitted');
    assert.equal(checkCreate(plain), 'permitted');
    assert.equal(checkCreate(['if-none-exist', 'subject.name=Quxley']), 'refused');
    assert.equal(checkCreate(plain, ['if-none-exist', 'subject.name=Quxley']), 'refused');
  });
});
