import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMediaType } from '../../wire/http/media-type.ts';
import { WrittenBody } from '../bodies/written-body.ts';
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
  return findQuestionInResource(written, new WrittenBody(bytes)) === undefined;
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
    assert(maySend({ note: [{ text: 'Is this the patient? family=mono it says' }] }));
    for (const reference of [
      'Patient?family=Quxley',
      'Patient?_id=1&family=Quxley',
      'https://fhir.example/r4/Patient?family=Quxley',
      ' Patient?&family=Quxley',
      'Foo?a=b Patient?family=Quxley',
      'Patient?_id=1 Patient?family=Quxley',
      // As some servers take them.
      'Patient/?family=Quxley',
      'https://fhir.example/r4/Patient/?family=Quxley',
      'patient?family=Quxley',
      'Patient?_x &family=Quxley',
      'Patient?_x\t&family=Quxley',
      'any thing/Patient?_x\u00a0&family=Quxley',
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

  it('looks at each value of a parameter that has several', () => {
    const parameter = [{ name: 'start', valueDate: '2015', valueDateTime: '2015-02-01' }];
    const asked: string[] = [];
    const asks = (url: string): boolean => asked.push(url) === 0;
    const body = new WrittenBody(Buffer.from(JSON.stringify({ parameter })));
    const path = '/Patient/1/$everything';
    findQuestionInResource({ method: 'POST', path, mediaType: undefined, asks }, body);
    assert.deepEqual(asked, [`${path}?start=2015&start=2015-02-01`]);
  });

  describe('in a batch', () => {
    /** As somebody would write it who is to find nothing by a family name, or by an identifier of a patient. */
    function mayCall(request: unknown, resource?: object): boolean {
      const asks = (url: string): boolean =>
        /[?&](?:family|_lastUpdated)=/u.test(url) || /^(?:Patient)?\?identifier=/u.test(url);
      const written = { method: 'POST', path: '/', mediaType: undefined, asks };
      const bundle = { resourceType: 'Bundle', entry: [{ request, resource }] };
      const body = new WrittenBody(Buffer.from(JSON.stringify(bundle)));
      return findQuestionInResource(written, body) === undefined;
    }

    const PATIENT = { resourceType: 'Patient' };
    const PRACTITIONER = { resourceType: 'Practitioner' };

    it('refuses requests that ask by what is hidden, and conditions', () => {
      assert(mayCall({ method: 'GET', url: 'Patient?gender=male' }));
      assert(!mayCall({ method: 'GET', url: 'Patient?family=Quxley' }));
      for (const condition of ['family=Quxley', '?family=Quxley', 'Patient?family=Quxley']) {
        assert(!mayCall({ method: 'POST', url: 'Patient', ifNoneExist: condition }, PATIENT));
      }
    });

    it('refuses conditions by the type that is written, as well as by that of the URL', () => {
      const create = (url: string): object => ({
        method: 'POST',
        url,
        ifNoneExist: 'identifier=1',
      });
      assert(mayCall(create('Practitioner'), PRACTITIONER));
      assert(!mayCall(create('Patient'), PATIENT));
      assert(!mayCall(create('Practitioner'), PATIENT));
      assert(!mayCall(create('Patient'), PRACTITIONER));
      assert(!mayCall({ method: 'POST', ifNoneExist: 'identifier=1' }));
      const update = { method: 'PUT', url: 'Practitioner?identifier=1' };
      assert(mayCall(update, PRACTITIONER));
      assert(!mayCall(update, PATIENT));
    });

    it('refuses to tell by a condition when a resource was changed', () => {
      const get = { method: 'GET', url: 'Patient/1' };
      assert(mayCall(get));
      assert(!mayCall({ ...get, ifModifiedSince: '2024-05-01T10:00:00Z' }));
    });

    it('refuses patches, which are looked through by themselves only', () => {
      for (const method of ['PATCH', 'patch']) assert(!mayCall({ method, url: 'Patient/1' }));
    });

    it('takes no other URL for a request', () => {
      const url = 'https://files.example/scan.pdf?family=mono&signature=1;2';
      const content = [{ attachment: { url } }];
      assert(mayCall({ method: 'POST', url: 'DocumentReference' }, { ...PATIENT, content }));
    });
  });

  it('looks at what operations are told in time that grows with its length', () => {
    let askedLength = 0;
    const asks = (url: string): boolean => {
      askedLength += url.length;
      return false;
    };
    const find = (path: string, count: number): string | undefined => {
      const parameter = Array.from({ length: count }, (_, index) => ({ name: `_p${index}` }));
      const body = new WrittenBody(Buffer.from(JSON.stringify({ parameter })));
      const found = findQuestionInResource(
        { method: 'POST', path, mediaType: undefined, asks },
        body,
      );
      assert(askedLength <= 2 * body.bytes.length);
      return found;
    };
    assert.equal(find(`Patient/$everything/${'a'.repeat(1_000)}`, 100_000), undefined);
    assert(askedLength > 0);
    askedLength = 0;
    assert.match(find(`Patient/$everything/${'a'.repeat(1_100)}`, 1) ?? '', /^it asks/);
  });

  it('looks through subscriptions within each other once', () => {
    let nested: object = Array.from({ length: 500_000 }, () => [0]);
    for (let depth = 0; depth < 240; depth += 1) {
      nested = { ...subscription({ type: 'websocket' }), contained: [nested] };
    }
    // Each by itself it would take minutes, and the run of tests would end.
    assert(maySend(nested));
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
      assert(!maySend(Buffer.from(body), { method: 'PUT', path: '/Subscription/Binary' }), body);
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
    // Of other resources it is an id.
    for (const type of ['Subscription', 'subscription', 'SubscriptionTopic', 'Binary']) {
      assert(!takesAnything(`/r4/${type}/Binary`), type);
    }
    for (const base of ['', '/r4', '/R4', '/FHIR']) assert(takesAnything(`${base}/Binary`), base);
  });
});
