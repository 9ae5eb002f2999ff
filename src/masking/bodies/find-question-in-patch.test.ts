import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findQuestionInPatch } from './find-question-in-patch.ts';
import { WrittenBody } from './written-body.ts';

describe('findQuestionInPatch', () => {
  const TELLS = /^it is a patch whose outcome may tell what an element holds/;
  const RETELLS = /^it may change what says of which kind another value is/;

  function find(patch: unknown, path = '/r4/Patient/1'): string {
    const body = new WrittenBody(Buffer.from(JSON.stringify(patch)));
    return findQuestionInPatch(body, path) ?? '';
  }

  function inFhir(type: string, path: string, more: readonly object[] = []): object {
    const said = [
      { name: 'type', valueCode: type },
      { name: 'path', valueString: path },
    ];
    const operation = { name: 'operation', part: [...said, ...more] };
    return { resourceType: 'Parameters', parameter: [operation] };
  }

  it('finds patches whose outcome would tell, and those that are not understood', () => {
    for (const patch of [
      [{ op: 'test', path: '/birthDate', value: '1961' }],
      [{ op: 'TEST', path: '/birthDate', value: '1961' }],
      [{ op: 'copy', from: '/name/0/family', path: '/extension/0/valueCode' }],
      [{ op: 'remove', path: 'identifier/0/type' }],
      inFhir('delete', "Patient.name.where(family = 'Quxley')"),
      inFhir('delete', 'identifier[0].type'),
      inFhir('delete', 'Practitioner.photo[0]'),
      '<diff/>',
      '',
    ]) {
      assert.match(find(patch), TELLS, JSON.stringify(patch));
    }
    const gender = [{ op: 'replace', path: '/gender', value: 'male' }];
    assert.match(find(gender, '/r4/unheard/1'), TELLS);
    assert.equal(find(gender), '');
  });

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
      { managingOrganization: { type: 'Location' } },
      inFhir('delete', 'Patient.identifier[0].type'),
      inFhir('add', 'Patient.identifier[0]', named),
    ]) {
      assert.match(find(patch), RETELLS, JSON.stringify(patch));
    }
    const content = [{ op: 'replace', path: '/contentType', value: 'text/plain' }];
    assert.match(find(content, '/r4/Binary/1'), RETELLS);
    assert.match(find({ contentType: 'text/plain' }, '/r4/Binary/1'), RETELLS);
    const media = { content: { contentType: 'text/plain' } };
    assert.match(find(media, '/r4/Media/1'), RETELLS);
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
      assert.equal(find(patch), '', JSON.stringify(patch));
    }
  });
});
