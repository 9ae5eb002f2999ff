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
const WRITES = /^it writes what is shown by a stand-in .*: leave it out$/;

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

  it('may be called nothing that a server takes for the same, which minds no case', () => {
    assert.match(check({ MRN: 'M-1' }), WRITES);
    assert.match(check({ mrn: null, Mrn: 'M-1' }), WRITES);
    assert.match(check('{"\\u004drn":"M-1"}'), WRITES);
    assert.match(
      check('MRN=M-1', { path: '/intake', type: 'application/x-www-form-urlencoded' }),
      WRITES,
    );
    const masking = open({ bodies: [mapped('/patients/**', 'json', { 'medical.MRN': 'mrn' })] });
    assert.match(check({ Medical: [{ mrn: 'M-1' }] }, {}, masking), WRITES);
    assert.equal(check({ Name: { Family: 'Quxley' }, mrns: 'x' }), '');
  });

  it('may be what is shown otherwise, or as it is', () => {
    assert.equal(check({ name: { family: 'Quxley' }, note: 'x' }), '');
    assert.equal(check({ mrn: 'M-1' }, { shown: ['mrn'] }), '');
    assert.equal(check({ mrn: 'M-1' }, { path: '/notes/1' }), '');
    assert.equal(check({ mrn: 'M-1' }, { path: '/elsewhere' }), '');
    assert.equal(check({ resourceType: 'Patient', name: [{ family: 'Q' }] }, IN_FHIR), '');
    assert.equal(check('', IN_FHIR), '');
  });

  it('comes in no parts where it may be shown by a stand-in: as forms with files do, which are not looked at', () => {
    const type = 'multipart/form-data; boundary=x';
    assert.match(check('', { type }), /^it cannot be looked through/);
    assert.match(check('', { path: '/intake', type }), /^it cannot be looked through/);
    assert.equal(check('', { type, shown: ['mrn'] }), '');
    assert.equal(check('', { path: '/notes/1', type }), '');
    assert.equal(check('', { path: '/elsewhere', type }), '');
    assert.equal(check('', { path: '/r4/Binary', type }), '');
    assert.equal(check('', { type: 'image/png' }), '');
  });

  it('has to be readable where it may be shown by a stand-in', () => {
    const unread =
      /^it cannot be looked through.*: send it in UTF-8 and as the data map says of the path$/;
    for (const type of ['application/fhir+xml', undefined]) {
      assert.match(
        check('<Patient/>', { ...IN_FHIR, type }),
        /^it cannot be looked through: where/,
      );
    }
    assert.match(check('{"mrn":', { type: undefined }), unread);
    assert.match(check('{"mrn":"M-1"}', { path: '/intake' }), unread);
    assert.equal(check('x', { path: '/notes/1', type: 'text/plain' }), '');
    // A message that is a word.
    assert.equal(check('ping', { type: undefined }), '');
  });

  it('is known in a form by the names of its fields, where JSON is read back', () => {
    const type = 'application/x-www-form-urlencoded';
    for (const form of [
      'mrn=M-1',
      'note=x&MRN=M-1',
      'patient%5Bmrn%5D=M-1',
      'patient.mrn=M-1',
      'note=x;mrn=M-1',
    ]) {
      assert.match(check(form, { type }), WRITES, form);
    }
    const masking = open({ bodies: [mapped('/patients/**', 'json', { patient_ref: 'mrn' })] });
    for (const form of ['patient_ref=M-1', 'patient.ref=M-1', 'patient+ref[]=M-1']) {
      assert.match(check(form, { type }, masking), WRITES, form);
    }
    assert.match(check('payload=%7B%22mrn%22%3A%22M-1%22%7D', { type }), /^it cannot be looked/);
    assert.match(check('{"\\u006drn":"M-1"}', { type }), /^it cannot be looked/);
    assert.match(check('active=true', { ...IN_FHIR, type }), /^it cannot be looked/);
    assert.equal(check('grant_type=refresh_token&refresh_token=abc', { type }), '');
    assert.equal(check('mrn=M-1', { type, shown: ['mrn'] }), '');
  });

  describe('in a patch', () => {
    const PATCHED =
      /^it is a patch.*: patch |^it may change what says of which kind|^it cannot be looked through/;
    const JSON_PATCH = 'application/json-patch+json';

    function replace(path: string, value: unknown): readonly object[] {
      return [{ op: 'replace', path, value }];
    }

    function inFhir(patch: object | string, path = '/r4/Patient/1', masking = open()): string {
      return check(patch, { method: 'PATCH', path, type: JSON_PATCH }, masking);
    }

    /** As FHIR's own patches are. */
    function parameters(...parts: readonly object[]): object {
      const parameter = [{ name: 'operation', part: parts }];
      return { resourceType: 'Parameters', parameter };
    }

    function replaceInFhir(path: string, value: object): object {
      const type = { name: 'type', valueCode: 'replace' };
      return parameters(type, { name: 'path', valueString: path }, { name: 'value', ...value });
    }

    it('of FHIR may be codes, numbers and truths, in elements that are such', () => {
      assert.equal(inFhir(replace('/active', false)), '');
      assert.equal(inFhir(replace('/gender', 'female')), '');
      assert.equal(inFhir(replace('/contact/0/gender', 'other')), '');
      assert.equal(inFhir([{ op: 'remove', path: '/photo' }]), '');
      assert.equal(inFhir(replace('/status', 'entered-in-error'), '/r4/Observation/1'), '');
      assert.equal(inFhir(replace('/status', 'LA6576-8'), '/r4/Observation/1'), '');
      const quantity = { value: 5.4, code: 'mmol/L' };
      assert.equal(inFhir(replace('/valueQuantity', quantity), '/r4/Observation/1'), '');
      const merged = { method: 'PATCH', path: '/r4/Patient/1', type: 'application/json' };
      assert.equal(check({ gender: 'female', deceasedBoolean: null }, merged), '');
    });

    it('of FHIR may be nothing else, as a code or number may be written', () => {
      for (const patch of [
        replace('/identifier/0/value', 'M-1'),
        replace('/identifier/0/value', 'quxley'),
        replace('/identifier/0/value', 4711),
        replace('/identifier/0', { value: 'quxley' }),
        replace('/identifier/0/use', 'usual'),
        replace('/identifier', [{ path: 'M-1' }]),
        replace('/name/0/family', 'quxley'),
        replace('/name/0', { family: 'quxley' }),
        replace('/birthDate', '1961-04-09'),
        replace('/gender', 4711),
        replace('', { name: [{ family: 'quxley' }] }),
        replace('identifier/0/value', 'quxley'),
        replace('/extension/0/valueCode', 'quxley'),
        replace('/contained/0/gender', 'female'),
        replace('/unheard', 'quxley'),
        [{ ...replace('/gender', 'female')[0], comment: 'quxley' }],
        { name: [{ family: 'quxley' }] },
        ['quxley'],
        '[{"op":"replace","path":"/gender","path":"/name/0/family","value":"quxley"}]',
        '[{"op":"replace","path":"/gender","p\\u0061th":"/name/0/family","value":"quxley"}]',
      ]) {
        assert.match(inFhir(patch), PATCHED, JSON.stringify(patch));
      }
      // Whose status it is, only the type says.
      assert.match(inFhir(replace('/status', 'final')), PATCHED);
      assert.match(inFhir(replace('/gender', 'female'), '/r4/Patient/Observation'), PATCHED);
    });

    it('of FHIR may be whole references to who gives care', () => {
      const path = '/r4/Task/1';
      const toProvider = { reference: 'Practitioner/2' };
      const owner = mapped('/r4/**', 'fhir', { 'Task.owner': 'mrn' });
      const reference = mapped('/r4/**', 'fhir', { 'Reference.reference': 'mrn' });
      assert.equal(inFhir(replace('/owner', toProvider), path), '');
      assert.equal(inFhir([{ op: 'add', path: '/owner', value: toProvider }], path), '');
      const inParameters = replaceInFhir('Task.owner', { valueReference: toProvider });
      assert.equal(inFhir(inParameters, path), '');
      assert.equal(inFhir(replace('/owner', { reference: null }), path), '');
      for (const patch of [
        replace('/owner', { reference: 'Patient/2' }),
        replace('/owner', { reference: 'Practitioner?identifier=M-1' }),
        replace('/owner', { reference: 'http://x.example/Practitioner/2' }),
        replace('/owner', { ...toProvider, display: 'quxley' }),
        replace('/owner', { ...toProvider, identifier: { value: 'M-1' } }),
        replace('/owner', { display: 'Practitioner/2' }),
        replace('/owner/reference', 'Practitioner/2'),
        replace('/description', toProvider),
        { owner: toProvider },
      ]) {
        assert.match(inFhir(patch, path), PATCHED, JSON.stringify(patch));
      }
      for (const body of [owner, reference]) {
        const masking = open({ bodies: [body] });
        assert.match(inFhir(replace('/owner', toProvider), path, masking), PATCHED);
      }
    });

    it('of FHIR may be no code that the data map shows by a stand-in', () => {
      const gender = { path: 'Patient.gender', dataClass: 'mrn' };
      const body = { ...mapped('/r4/**', 'fhir'), fields: [gender] };
      const masking = open({ bodies: [body] });
      assert.match(inFhir(replace('/gender', 'female'), '/r4/Patient/1', masking), PATCHED);
      assert.equal(inFhir(replace('/active', true), '/r4/Patient/1', masking), '');
    });

    it('that is a resource may be the same', () => {
      assert.equal(inFhir(replaceInFhir('Patient.active', { valueBoolean: true })), '');
      assert.equal(inFhir(replaceInFhir('Patient.gender', { valueCode: 'male' })), '');
      const add = [
        { name: 'type', valueCode: 'add' },
        { name: 'path', valueString: 'Patient.contact[0]' },
        { name: 'name', valueString: 'gender' },
        { name: 'value', valueCode: 'male' },
      ];
      assert.equal(inFhir(parameters(...add)), '');
      const moved = [
        { name: 'type', valueCode: 'move' },
        { name: 'path', valueString: 'Patient.name' },
        { name: 'source', valueInteger: 1 },
        { name: 'destination', valueInteger: 0 },
      ];
      assert.equal(inFhir(parameters(...moved)), '');
      for (const patch of [
        replaceInFhir('Patient.identifier[0].value', { valueString: 'M-1' }),
        replaceInFhir('Patient.identifier[0].value', { valueCode: 'quxley' }),
        replaceInFhir('Patient.id', { valueString: 'quxley' }),
        replaceInFhir('Patient.active', { valueString: 'quxley' }),
        replaceInFhir('Observation.status', { valueCode: 'quxley' }),
        replaceInFhir('Patient.name[0]', { valueHumanName: { family: 'quxley' } }),
        replaceInFhir('Patient.name[0].family', { path: 'quxley' }),
        parameters(...add, { name: 'path', valueString: 'Patient.name[0].family' }),
        parameters(...add.slice(0, 2), { name: 'name', valueString: 'birthDate' }, ...add.slice(3)),
        parameters(...add.slice(1)),
        parameters(...moved, { name: 'value', part: [{ name: 'family', valueString: 'quxley' }] }),
        { ...replaceInFhir('Patient.gender', { valueCode: 'male' }), id: 'quxley' },
        { resourceType: 'Parameters' },
      ]) {
        assert.match(inFhir(patch), PATCHED, JSON.stringify(patch));
      }
    });

    it('of anything else may be true, false and null alone', () => {
      const type = 'application/json';
      const sent = (patch: object | string, method = 'PATCH', said = JSON_PATCH): string =>
        check(patch, { method, type: said });
      assert.equal(sent(replace('/active', true)), '');
      assert.equal(sent([{ op: 'add', path: '/flags', value: { isShown: [false, null] } }]), '');
      assert.equal(sent([{ op: 'remove', path: '/mrn' }]), '');
      for (const patch of [
        replace('/mrn', 'M-1'),
        replace('/mrn', 'quxley'),
        replace('/mrn', 'Patient'),
        replace('/mrn', 4711),
        replace('', { mrn: 'quxley' }),
        [{ op: 'add', path: '', value: { path: 'M-1' } }],
        [{ op: 'add', path: '/x', value: { from: 'M-1' } }],
        [{ op: 'add', path: '/x', value: [[{ path: 'M-1' }]] }],
        [{ op: 'replace', path: ['M-1'], value: null }],
        '[{"op":"replace","path":"/mrn","value":null,"value":"M-1"}]',
      ]) {
        const written = JSON.stringify(patch);
        assert.match(sent(patch), PATCHED, written);
        assert.match(sent(patch, 'POST'), PATCHED, written);
        // Services take patches for what they are, whatever they say of themselves.
        assert.match(sent(patch, 'PATCH', type), PATCHED, written);
      }
      assert.equal(sent([{ id: 7, note: 'x' }], 'PATCH', type), '');
      assert.equal(sent({ note: 'x' }, 'PATCH', type), '');
      assert.equal(sent({ path: 'x', op: 'x' }, 'PATCH', type), '');
    });
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

  it('is not looked for in a text of GraphQL, whose arguments are', () => {
    const masking = open({ bodies: [mapped('/graphql', 'json', { 'data.p.mrn': 'mrn' })] });
    const shape = { operations: [], isBatch: false, inputNames: [], isWrite: false };
    const mediaType = parseMediaType('application/graphql');
    const subject = { method: 'POST', path: '/graphql', mediaType, graphql: shape };
    assert.equal(masking.checkWrite(subject, Buffer.from('{p{mrn}}'), new Map()), undefined);
  });

  it('leaves no pseudonym behind that nobody was shown', () => {
    const pseudonyms = new FakePseudonyms();
    assert.match(check({ mrn: 'M-1' }, {}, open({}, pseudonyms)), WRITES);
    assert.equal(pseudonyms.values.size, 0);
  });
});
