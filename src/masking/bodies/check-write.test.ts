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
    return findQuestionInWrite({ method, mediaType, asks }, Buffer.from(body));
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

  it('finds patches whose outcome would tell', () => {
    assert.notEqual(find('PATCH', [{ op: 'test', path: '/birthDate', value: '1961' }]), undefined);
    assert.equal(find('PATCH', [{ op: 'replace', path: '/gender', value: 'male' }]), undefined);
    assert.equal(find('PATCH', { valueString: 'dose (mg)' }), undefined);
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
});
