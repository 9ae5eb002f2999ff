import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMediaType } from '../../wire/http/media-type.ts';
import { findMasksInWrite, findQuestionInWrite } from './check-write.ts';

describe('findMasksInWrite', () => {
  it('finds what would store masks', () => {
    for (const body of [
      '{"mrn":"ps1_0123456789abcdef"}',
      '{"mrn":"vt12_0123456789abcdef"}',
      '{"name":"[redacted]"}',
      '{"note":"[date 2015]"}',
      '{"[ssn] (1)":1}',
      '{"[date 2015] (12)":1}',
      '<name>[name]</name>',
      '{"meta":{"security":[{"code" : "REDACTED"}]}}',
    ]) {
      assert.notEqual(findMasksInWrite(Buffer.from(body)), undefined, body);
    }
  });

  it('lets other bodies pass', () => {
    for (const body of [
      '',
      '{"a":"x [redacted] y"}',
      '{"a":["name"]}',
      '{"code":"MASKED2"}',
      'ps1_',
    ]) {
      assert.equal(findMasksInWrite(Buffer.from(body)), undefined, body);
    }
  });
});

describe('findQuestionInWrite', () => {
  const asks = (url: string): boolean => url.includes('name=') || url.includes('$match');
  const findIn = (method: string, body: string | Buffer, type?: string): string | undefined => {
    const mediaType = type === undefined ? undefined : parseMediaType(type);
    const isFhir = type?.includes('fhir') === true;
    const place = { method, path: '/r4/Patient/1', mediaType, isFhir, asks };
    return findQuestionInWrite(place, Buffer.from(body));
  };
  const find = (method: string, body: unknown, type?: string): string | undefined =>
    findIn(method, JSON.stringify(body), type);

  it('finds requests within a body that ask by what is hidden', () => {
    const entry = (request: object): object => ({ resourceType: 'Bundle', entry: [{ request }] });
    assert.notEqual(find('POST', entry({ url: 'Patient?name=Quxley' })), undefined);
    assert.notEqual(find('POST', entry({ url: 'Patient/$match' })), undefined);
    assert.notEqual(find('POST', entry({ ifNoneExist: 'name=Quxley' })), undefined);
    assert.equal(find('POST', entry({ url: 'Patient?gender=male' })), undefined);
    const twice = '{"url":"Patient?name=x","url":"Patient?gender=male"}';
    assert.notEqual(findIn('POST', twice), undefined);
  });

  it('finds patches among the requests of a batch', () => {
    const batch = { resourceType: 'Bundle', entry: [{ request: { method: 'PATCH', url: 'x/1' } }] };
    assert.notEqual(find('POST', batch, 'application/fhir+json'), undefined);
    assert.equal(find('POST', { method: 'PATCH', url: 'x/1' }, 'application/json'), undefined);
  });

  it('finds patches whose outcome would tell', () => {
    assert.notEqual(find('PATCH', [{ op: 'test', path: '/birthDate', value: '1961' }]), undefined);
    const path = { name: 'path', valueString: "Patient.name.where(family = 'Quxley')" };
    assert.notEqual(find('PATCH', { parameter: [{ part: [path] }] }), undefined);
    assert.equal(find('PATCH', [{ op: 'replace', path: '/gender', value: 'male' }]), undefined);
    assert.equal(find('POST', [{ op: 'test' }]), undefined);
    const xml = '\ufeff<diff><test sel="Patient/name[family=\'Quxley\']"/></diff>';
    assert.notEqual(findIn('PATCH', xml), undefined);
    assert.notEqual(findIn('PATCH', Buffer.from(xml, 'utf16le')), undefined);
    const form = 'application/x-www-form-urlencoded';
    assert.equal(findIn('PATCH', 'name=x<y', form), undefined);
    assert.equal(findIn('PATCH', ''), undefined);
    assert.equal(findIn('PATCH', '', 'application/json'), undefined);
  });

  it('finds operations as servers understand them that mind no case, numbers or names', () => {
    const patch = (written: string): string => `[{${written},"path":"/mrn","value":"M-1"}]`;
    for (const written of [
      '"op":"TEST"',
      '"Op":"test"',
      '"op":" test "',
      '"op":"5"',
      '"op":5',
      '"op":"Add"',
    ]) {
      assert.notEqual(findIn('PATCH', patch(written)), undefined, written);
      const type = 'application/json-patch+json';
      assert.notEqual(findIn('POST', patch(written), type), undefined, written);
    }
    for (const written of ['"op":"add"', '"op":"replace"', '"op":"remove"']) {
      assert.equal(findIn('PATCH', patch(written)), undefined, written);
    }
    assert.equal(find('PATCH', { op: 'appendectomy' }), undefined);
  });

  it('finds patches that some servers read although they are no JSON', () => {
    const patch = '[{"op":"test","path":"/mrn","value":"M-1"}]';
    const json = 'application/json';
    for (const [body, type] of [
      [`\ufeff${patch}`],
      [Buffer.from(`\ufeff${patch}`, 'utf16le')],
      [`/* as is */${patch}`],
      [`/* as is */${patch}`, json],
      [patch.replaceAll('"', "'"), json],
    ] as const) {
      assert.notEqual(findIn('PATCH', body, type), undefined, body.toString());
    }
  });

  it('finds patches that copy what is hidden to where it is shown', () => {
    for (const op of ['copy', 'move', 'c\\u006fpy']) {
      const patch = `[{"op":"${op}","from":"/name/0/family","path":"/extension/0/valueCode"}]`;
      assert.notEqual(findIn('PATCH', patch), undefined, op);
    }
  });

  describe('in FHIR', () => {
    const RETELLS = /^it may change what says of which kind another value is/;

    function findInFhir(patch: unknown, path = '/r4/Patient/1'): string {
      const mediaType = parseMediaType('application/json');
      const place = { method: 'PATCH', path, mediaType, isFhir: true, asks };
      return findQuestionInWrite(place, Buffer.from(JSON.stringify(patch))) ?? '';
    }

    function inFhir(type: string, path: string, more: readonly object[] = []): object {
      const said = [
        { name: 'type', valueCode: type },
        { name: 'path', valueString: path },
      ];
      const operation = { name: 'operation', part: [...said, ...more] };
      return { resourceType: 'Parameters', parameter: [operation] };
    }

    it('finds patches by which a hidden value would be shown as one of another class', () => {
      const named = [
        { name: 'name', valueString: 'type' },
        { name: 'value', valueCodeableConcept: {} },
      ];
      for (const patch of [
        [{ op: 'remove', path: '/identifier/0/type' }],
        [{ op: 'remove', path: '/Identifier/0/System' }],
        [{ op: 'add', path: '/identifier/0/type/coding/0/code', value: 'XX' }],
        [{ op: 'replace', path: '/telecom/0/system', value: 'url' }],
        [{ op: 'replace', path: '/contact/0/telecom/1/system', value: 'url' }],
        [{ op: 'replace', path: '/extension/0/url', value: 'http://x.test' }],
        [{ op: 'replace', path: '/photo/0/contentType', value: 'text/plain' }],
        [{ op: 'replace', path: '/managingOrganization/reference', value: 'Location/1' }],
        [{ op: 'replace', path: '/contained/0/resourceType', value: 'Organization' }],
        [{ op: 'remove', path: 'identifier/0/type' }],
        { managingOrganization: { type: 'Location' } },
        inFhir('delete', 'Patient.identifier[0].type'),
        inFhir('delete', 'identifier[0].type'),
        inFhir('add', 'Patient.identifier[0]', named),
      ]) {
        assert.match(findInFhir(patch), RETELLS, JSON.stringify(patch));
      }
      const content = [{ op: 'replace', path: '/contentType', value: 'text/plain' }];
      assert.match(findInFhir(content, '/r4/Binary/1'), RETELLS);
      assert.match(findInFhir({ contentType: 'text/plain' }, '/r4/Binary/1'), RETELLS);
      const media = { content: { contentType: 'text/plain' } };
      assert.match(findInFhir(media, '/r4/Media/1'), RETELLS);
      const gender = [{ op: 'replace', path: '/gender', value: 'male' }];
      assert.match(findInFhir(gender, '/r4/unheard/1'), RETELLS);
    });

    it('lets patches pass that change an element as a whole, or what says nothing of others', () => {
      const identifier = { system: 'urn:x', value: 'M-1' };
      for (const patch of [
        [{ op: 'remove', path: '/identifier/0' }],
        [{ op: 'replace', path: '/identifier/0', value: identifier }],
        [{ op: 'add', path: '/identifier/-', value: identifier }],
        [{ op: 'replace', path: '/identifier/0/use', value: 'old' }],
        [{ op: 'replace', path: '/name/0/family', value: 'Quxley' }],
        [{ op: 'remove', path: '/managingOrganization' }],
        { telecom: [{ system: 'phone', value: '1' }], maritalStatus: { text: 'x' }, photo: null },
        inFhir('delete', 'Patient.identifier[0]'),
        inFhir('replace', 'Patient.gender', [{ name: 'value', valueCode: 'male' }]),
      ]) {
        assert.equal(findInFhir(patch), '', JSON.stringify(patch));
      }
    });
  });
});
