import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpDataMap } from '../../configuration/http-data-map.ts';
import type { ContentFormat } from '../../configuration/mapped-content.ts';
import { parseMediaType } from '../../wire/http/media-type.ts';
import { encodeBytesField } from '../../wire/protobuf/message-fields.ts';
import { pseudonymise } from '../masks/pseudonym.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import type { MessageType } from '../protobuf/message-type.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { type BodyMasking, openBodyMasking } from './body-masking.ts';
import { FakePseudonyms } from './fake-pseudonyms.fixture.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

function mapped(
  glob: string,
  format: ContentFormat,
  fields: Readonly<Record<string, string>> = {},
): HttpDataMap['bodies'][number] {
  return {
    ...{ glob, format, delimiter: ',', hasHeader: true },
    fields: Object.entries(fields).map(([path, dataClass]) => ({ path, dataClass })),
  };
}

function open(dataMap: Partial<HttpDataMap> = {}, pseudonyms?: FakePseudonyms): BodyMasking {
  return openBodyMasking({
    dataMap: {
      bodies: [
        mapped('/patients/**', 'json', { mrn: 'mrn', 'name.family': 'name' }),
        mapped('/intake', 'form', { mrn: 'mrn', '*': 'none' }),
        mapped('/notes/**', 'json', { author: 'name' }),
      ],
      ...{ messages: [], parameters: [], unmappedBodies: 'inspect' },
      ...{ masks: {}, customClasses: [], detectors: [] },
      ...dataMap,
    },
    ...{ textMasks: fakeMasks(), context: () => CONTEXT, fhirPath: '/r4', pseudonyms },
  });
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string | undefined;
  readonly shown?: readonly string[];
}

/** Why a body may not be sent by somebody who may see some classes. */
function check(body: string | object, sent: Sent = {}, masking: BodyMasking = open()): string {
  const { method = 'POST', path = '/patients/1', shown = [] } = sent;
  const type = 'type' in sent ? sent.type : 'application/json';
  const mediaType = type === undefined ? undefined : parseMediaType(type);
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const classes = new Map(shown.map((name) => [name, []]));
  return masking.checkWrite({ method, path, mediaType }, bytes, classes) ?? '';
}

const IN_FHIR = { path: '/r4/Patient', type: 'application/fhir+json' };
const WRITES = /^it writes what is shown by a stand-in/;

describe('what is written', () => {
  it('may be shown by a stand-in to nobody who chose it', () => {
    assert.match(check({ mrn: 'M-1' }), WRITES);
    assert.match(
      check('mrn=M-1', { path: '/intake', type: 'application/x-www-form-urlencoded' }),
      WRITES,
    );
    assert.match(check('{"mrn":"M-1"}', { type: undefined }), WRITES);
    const patient = { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: 'M-1' }] };
    assert.match(check(patient, IN_FHIR), WRITES);
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: [{ resource: patient }] };
    assert.match(check(bundle, { ...IN_FHIR, path: '/r4' }), WRITES);
    assert.match(
      check(`${JSON.stringify(patient)}\n`, { ...IN_FHIR, type: 'application/fhir+ndjson' }),
      WRITES,
    );
  });

  it('may be what is shown otherwise, or as it is', () => {
    assert.equal(check({ name: { family: 'Quxley' }, note: 'x' }), '');
    assert.equal(check({ mrn: 'M-1' }, { shown: ['mrn'] }), '');
    assert.equal(check({ mrn: 'M-1' }, { path: '/notes/1' }), '');
    assert.equal(check({ mrn: 'M-1' }, { path: '/elsewhere' }), '');
    assert.equal(check({ resourceType: 'Patient', name: [{ family: 'Q' }] }, IN_FHIR), '');
    assert.equal(check('', IN_FHIR), '');
  });

  it('has to be readable where it may be shown by a stand-in', () => {
    const unread = /^it cannot be looked through/;
    assert.match(check('<Patient/>', { ...IN_FHIR, type: 'application/fhir+xml' }), unread);
    assert.match(check('<Patient/>', { ...IN_FHIR, type: undefined }), unread);
    assert.match(check('{"mrn":', { type: undefined }), unread);
    assert.match(check('{"mrn":"M-1"}', { path: '/intake' }), unread);
    assert.match(check('mrn=M-1', { type: 'application/x-www-form-urlencoded' }), unread);
    assert.equal(check('x', { path: '/notes/1', type: 'text/plain' }), '');
    // A message that is a word.
    assert.equal(check('ping', { type: undefined }), '');
  });

  it('may be in a patch only by codes, numbers and names of elements', () => {
    const inPatch = { ...IN_FHIR, method: 'PATCH', type: 'application/json-patch+json' };
    const patch = (path: string, value: unknown): object => [{ op: 'replace', path, value }];
    const parameters = (path: string, value: object): object => ({
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: path },
            { name: 'value', ...value },
          ],
        },
      ],
    });
    assert.equal(check(patch('/status', 'entered-in-error'), inPatch), '');
    assert.equal(check(patch('/active', false), inPatch), '');
    assert.equal(
      check(parameters('Patient.active', { valueBoolean: true }), { ...IN_FHIR, method: 'PATCH' }),
      '',
    );
    const patched = /^it is a patch/;
    assert.match(check(patch('/identifier/0/value', 'M-1'), inPatch), patched);
    assert.match(check(patch('/identifier/0', { value: 'M-1' }), inPatch), patched);
    assert.match(
      check(parameters('Patient.id', { valueString: 'M-1' }), { ...IN_FHIR, method: 'PATCH' }),
      patched,
    );
    assert.match(
      check(
        { identifier: [{ value: 'M-1' }] },
        { ...IN_FHIR, method: 'PATCH', type: 'application/merge-patch+json' },
      ),
      patched,
    );
    assert.match(
      check(patch('/mrn', 'M-1'), { method: 'PATCH', type: 'application/json-patch+json' }),
      patched,
    );
  });

  it('may move no date by the days of a patient whose dates are shifted', () => {
    const masking = open({ masks: { date: { kind: 'date-shift' } } });
    const seen = (subject: object): object => ({
      ...{ resourceType: 'Observation', status: 'final', effectiveDateTime: '2024-05-06' },
      ...subject,
    });
    const path = '/r4/Observation';
    assert.match(
      check(seen({ subject: { reference: 'Patient/1' } }), { ...IN_FHIR, path }, masking),
      WRITES,
    );
    assert.equal(check(seen({}), { ...IN_FHIR, path }, masking), '');
  });

  it('may hold a stand-in where a call of gRPC writes it, and no value of its own', () => {
    const name = 'hospital.v1.Patient.id';
    const patient: MessageType = {
      name: 'hospital.v1.Patient',
      fieldNumbers: [1],
      findField: (number) =>
        number === 1
          ? {
              ...{ fullName: name, name: 'id', value: { kind: 'string' } },
              ...{ isPackable: false, isRequired: false, isKey: false },
            }
          : undefined,
    };
    const create = {
      ...{ name: 'Patients/Create', clientStreaming: false, serverStreaming: false },
      ...{ request: patient, response: patient },
    };
    const resolve = (value: string, names: Partial<HttpDataMap>): string | undefined => {
      const call = open(names, pseudonyms).checkCall?.(create, new Map());
      return call?.kind === 'read'
        ? call.resolve([encodeBytesField(1, Buffer.from(value))]).kind
        : call?.kind;
    };
    const pseudonyms = new FakePseudonyms();
    const pseudonym = pseudonymise('M-1', CONTEXT.keys.derive('pseudonym', 'mrn'));
    pseudonyms.remember(pseudonym, 'M-1');
    const messages = [{ name, dataClass: 'mrn' }];
    assert.equal(resolve('M-1', { messages }), 'refused');
    assert.equal(resolve(pseudonym, { messages }), 'changed');
    assert.equal(resolve('M-1', { messages: [{ name, dataClass: 'name' }] }), 'passed');
    const parameters = [{ name, dataClass: 'none' }];
    assert.equal(resolve('M-1', { messages, parameters }), 'passed');
  });

  it('may not be an argument of a GraphQL mutation that is called like it', () => {
    const masking = open({
      bodies: [mapped('/graphql', 'json', { 'data.p.mrn': 'mrn', 'data.p.family': 'name' })],
    });
    const find = (name: string, isWrite: boolean, shown: readonly string[] = []): boolean => {
      const shape = { operations: [], isBatch: false, inputNames: [name], isWrite };
      const classes = new Map(shown.map((one) => [one, []]));
      return masking.findQuestion?.('/graphql', shape, classes) !== undefined;
    };
    assert(find('mrn', true));
    assert(!find('mrn', true, ['mrn']));
    assert(!find('family', true));
    assert(find('family', false));
  });

  it('leaves no pseudonym behind that nobody was shown', () => {
    const pseudonyms = new FakePseudonyms();
    assert.match(check({ mrn: 'M-1' }, {}, open({}, pseudonyms)), WRITES);
    assert.equal(pseudonyms.values.size, 0);
  });
});
