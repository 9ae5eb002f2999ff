import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
  const find = (method: string, body: unknown): string | undefined =>
    findQuestionInWrite(method, Buffer.from(JSON.stringify(body)), asks);

  it('finds requests within a body that ask by what is hidden', () => {
    const entry = (request: object): object => ({ resourceType: 'Bundle', entry: [{ request }] });
    assert.notEqual(find('POST', entry({ url: 'Patient?name=Quxley' })), undefined);
    assert.notEqual(find('POST', entry({ url: 'Patient/$match' })), undefined);
    assert.notEqual(find('POST', entry({ ifNoneExist: 'name=Quxley' })), undefined);
    assert.equal(find('POST', entry({ url: 'Patient?gender=male' })), undefined);
    const twice = '{"url":"Patient?name=x","url":"Patient?gender=male"}';
    assert.notEqual(findQuestionInWrite('POST', Buffer.from(twice), asks), undefined);
  });

  it('finds patches whose outcome would tell', () => {
    assert.notEqual(find('PATCH', [{ op: 'test', path: '/birthDate', value: '1961' }]), undefined);
    const path = { name: 'path', valueString: "Patient.name.where(family = 'Quxley')" };
    assert.notEqual(find('PATCH', { parameter: [{ part: [path] }] }), undefined);
    assert.equal(find('PATCH', [{ op: 'replace', path: '/gender', value: 'male' }]), undefined);
    assert.equal(find('POST', [{ op: 'test' }]), undefined);
    const xml = '\ufeff<diff><test sel="Patient/name[family=\'Quxley\']"/></diff>';
    assert.notEqual(findQuestionInWrite('PATCH', Buffer.from(xml), asks), undefined);
    assert.notEqual(findQuestionInWrite('PATCH', Buffer.from(xml, 'utf16le'), asks), undefined);
    assert.equal(findQuestionInWrite('PATCH', Buffer.from('name=x<y'), asks), undefined);
  });

  it('finds patches that copy what is hidden to where it is shown', () => {
    for (const op of ['copy', 'move', 'c\\u006fpy']) {
      const patch = `[{"op":"${op}","from":"/name/0/family","path":"/extension/0/valueCode"}]`;
      assert.notEqual(findQuestionInWrite('PATCH', Buffer.from(patch), asks), undefined, op);
    }
  });
});
