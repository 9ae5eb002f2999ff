import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMediaType } from '../../wire/http/media-type.ts';
import { findQuestionInResource, takesAnything } from './find-question-in-resource.ts';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
}

/** Whether a body may be sent where `family`, `_content` and `_typeFilter` ask by what is hidden. */
function maySend(body: unknown, { method = 'POST', path = '/', type = '' }: Sent = {}): boolean {
  const asks = (url: string): boolean => /[?&](?:family|_content|_typeFilter)(?:=|%3D)/u.test(url);
  const written = { method, path, mediaType: parseMediaType(type), asks };
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return findQuestionInResource(written, bytes) === undefined;
}

function observationOf(reference: string): object {
  return { resourceType: 'Observation', subject: { reference } };
}

function subscription(channel: object, criteria = 'Observation?code=1'): object {
  return { resourceType: 'Subscription', criteria, channel };
}

describe('findQuestionInResource', () => {
  it('refuses references that the server is to find by what is hidden', () => {
    assert(maySend(observationOf('Patient/1')));
    assert(maySend(observationOf('Patient?_id=1')));
    assert(maySend({ resourceType: 'Communication', note: [{ text: 'Which Patient? This one' }] }));
    for (const reference of [
      'Patient?family=Quxley',
      'Patient?_id=1&family=Quxley',
      'https://fhir.example/r4/Patient?family=Quxley',
      ' Patient?&family=Quxley',
      'Foo?a=b Patient?family=Quxley',
      'Patient?_id=1 Patient?family=Quxley',
    ]) {
      assert(!maySend(observationOf(reference)), reference);
    }
    const patch = [{ op: 'add', path: '/subject/reference', value: 'Patient?family=Quxley' }];
    assert(!maySend(patch, { method: 'PATCH', path: '/Observation/1' }));
    const batch = {
      resourceType: 'Bundle',
      entry: [{ resource: observationOf('Patient?family=Q') }],
    };
    assert(!maySend(batch));
  });

  it('looks through texts in time that grows with their length', () => {
    const long = 'Aa?'.repeat(300_000);
    // With its square it would take minutes, and the run of tests would end.
    assert(maySend(observationOf(long)));
    assert(maySend(observationOf('?'.repeat(1_000_000))));
    assert(!maySend(observationOf('Patient?_id=1&'.repeat(100_000))));
  });

  it('refuses documents that are nested deeper than anybody looks', () => {
    const nested = (depth: number, text: string): Buffer =>
      Buffer.from(`${'['.repeat(depth)}"${text}"${']'.repeat(depth)}`);
    assert(maySend(nested(500, 'Patient/1')));
    assert(!maySend(nested(500, 'Patient?family=Quxley')));
    for (const depth of [501, 9_000, 100_000]) assert(!maySend(nested(depth, 'Patient/1')));
  });

  it('refuses operations that are told to look for what is hidden', () => {
    const look = (name: string, value: object): object => ({
      resourceType: 'Parameters',
      parameter: [{ name, ...value }],
    });
    const path = '/Patient/$everything';
    assert(maySend(look('_count', { valueInteger: 10 }), { path }));
    assert(!maySend(look('_content', { valueString: 'Quxley' }), { path }));
    assert(maySend(look('_content', { valueString: 'Quxley' }), { path: '/Parameters' }));
    const filter = look('_typeFilter', { valueString: 'Patient?_id=1' });
    assert(!maySend(filter, { path: '/Patient/$export' }));
    const inner = { name: 'a', part: [{ name: '_content', valueString: 'Quxley' }] };
    assert(!maySend({ resourceType: 'Parameters', parameter: [inner] }, { path }));
    const entry = { request: { method: 'POST', url: 'Patient/$everything' } };
    const resource = look('_content', { valueString: 'Quxley' });
    assert(!maySend({ resourceType: 'Bundle', entry: [{ ...entry, resource }] }));
  });

  it('refuses what has the service send resources, or find them in another way', () => {
    for (const type of ['rest-hook', 'websocket']) {
      assert(maySend(subscription({ type, endpoint: 'https://app.example/' })), type);
    }
    const payload = 'application/fhir+json';
    for (const resource of [
      subscription({ type: 'rest-hook', payload }),
      subscription({ type: 'rest-hook', _payload: { extension: [] } }),
      subscription({ type: 'message' }),
      subscription({ type: 'email' }),
      subscription({ type: 'websocket' }, 'Patient?family=Quxley'),
      { ...subscription({ type: 'rest-hook' }), extension: [{ url: 'urn:x' }] },
      { resourceType: 'SearchParameter', code: 'gender', expression: 'Patient.name.family' },
      { resourceType: 'SubscriptionTopic' },
    ]) {
      assert(!maySend(resource), JSON.stringify(resource));
      assert(!maySend({ resourceType: 'Bundle', entry: [{ resource }] }));
    }
    const patch = [{ op: 'replace', path: '/status', value: 'active' }];
    assert(!maySend(patch, { method: 'PATCH', path: '/Subscription/1' }));
    assert(maySend(patch, { method: 'PATCH', path: '/Observation/1' }));
  });

  it('refuses what servers may read in another way than it was looked through', () => {
    const resource = observationOf('Patient/1');
    for (const type of ['', 'application/fhir+json', 'application/json; charset=UTF-8']) {
      assert(maySend(resource, { type }), type);
    }
    assert(!maySend(resource, { type: 'application/json; charset=Shift_JIS' }));
    for (const body of [
      '<Observation xmlns="http://hl7.org/fhir"/>',
      '@prefix fhir: <http://hl7.org/fhir/> .',
      '{"resourceType":"Observation","resourceType":"Bundle"}',
      "{'resourceType':'Observation'}",
      '{"resourceType":"Observation"/**/}',
    ]) {
      assert(!maySend(Buffer.from(body)), body);
      assert(maySend(Buffer.from(body), { path: '/Binary' }), body);
    }
    assert(!maySend(Buffer.from(JSON.stringify(resource), 'utf16le')));
  });
});

describe('takesAnything', () => {
  it('knows where bodies are stored as they are', () => {
    for (const path of ['/Binary', '/r4/Binary/1', 'Binary']) assert(takesAnything(path), path);
    for (const path of ['/', '/Binary/$op', '/Binary/1/_history', '/binary', '/Patient']) {
      assert(!takesAnything(path), path);
    }
  });
});
