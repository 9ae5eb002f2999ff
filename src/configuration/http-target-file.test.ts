import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { rootWithoutSources } from './configuration-root.ts';
import type { HttpTargetFile } from './http-target-file.ts';
import { targetFileSchema } from './target-file.ts';
import { readYamlDocument } from './yaml-document.ts';

const TARGET = `kind: http
address: fhir.clinic.example:8443
credential: {bearer: env:FHIR_TOKEN}
`;

function read(text: string): ReturnType<typeof readYamlDocument<unknown>> {
  const schema = targetFileSchema({
    root: rootWithoutSources('/etc/sallyport'),
    name: 'fhir',
    idleTimeoutMs: 0,
    side: 'gateway',
  });
  return readYamlDocument('targets/fhir.yaml', text, schema);
}

function readValid(text: string): HttpTargetFile {
  const reading = read(text);
  if (reading.kind === 'invalid') assert.fail(JSON.stringify(reading.problems));
  return reading.value as HttpTargetFile;
}

/** The messages of all problems. */
function complain(text: string): string {
  const reading = read(text);
  assert.equal(reading.kind, 'invalid', text);
  return reading.problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
}

function withCredential(credential: string): string {
  return TARGET.replace(/credential: .*/, `credential: ${credential}`);
}

describe('the file of an HTTP target', () => {
  it('says little, and the rest is on the safe side', () => {
    assert.deepEqual(readValid(TARGET), {
      kind: 'http',
      name: 'fhir',
      description: 'HTTP',
      host: 'fhir.clinic.example',
      port: 8443,
      connectors: [],
      tls: { mode: 'verify-full' },
      hosts: [],
      httpVersion: 'auto',
      basePath: '',
      credential: { kind: 'bearer', bearer: 'env:FHIR_TOKEN' },
      identityHeader: 'X-Sallyport-Identity',
      graphql: [],
      pathParameters: false,
      bodyFactsBytesMax: 0,
      reviewPatienceMs: 30_000,
      labels: {},
      seal: 'sealed',
      recording: { enabled: true, bytesMax: 16_777_216 },
      idleTimeoutMs: 0,
      onReview: { people: 'wait', workloads: 'fail' },
    });
  });

  it('takes each kind of credential, and one of them', () => {
    const credentials = {
      '{header: {name: X-Api-Key, value: env:K}}': {
        kind: 'header',
        name: 'X-Api-Key',
        value: 'env:K',
      },
      '{basic: {user: app, password: file:p}}': {
        kind: 'basic',
        user: 'app',
        password: 'file:/etc/sallyport/p',
      },
      '{query: {name: key, value: vault:k}}': { kind: 'query', name: 'key', value: 'vault:k' },
      '{none: true}': { kind: 'none' },
    };
    for (const [text, credential] of Object.entries(credentials)) {
      assert.deepEqual(readValid(withCredential(text)).credential, credential);
    }
    assert.match(complain(withCredential('{bearer: env:A, none: true}')), /3: .*must be one of/);
    assert.match(complain(withCredential('{}')), /must be one of header, bearer/);
  });

  it('takes no secret in place of a reference to it', () => {
    assert.match(complain(withCredential('{bearer: s3cret}')), /never the secret itself/);
  });

  it('lets no credential say how messages are framed', () => {
    for (const name of ['Transfer-Encoding', 'host', 'Content-Length', 'X Y', 'a:b']) {
      complain(withCredential(`{header: {name: "${name}", value: env:K}}`));
    }
    assert.match(complain(withCredential('{basic: {user: "a:b", password: env:P}}')), /no colon/);
  });

  it('takes names of hosts and paths with one spelling alone', () => {
    const { hosts, pathPrefix, basePath, fhir } = readValid(
      `${TARGET}hosts: [fhir.sallyport.example]\npathPrefix: /fhir\nbasePath: /v2/r4\nfhir: /\n`,
    );
    assert.deepEqual(
      { hosts, pathPrefix, basePath, fhir },
      { hosts: ['fhir.sallyport.example'], pathPrefix: '/fhir', basePath: '/v2/r4', fhir: '' },
    );
    for (const path of ['fhir', '/fhir/', '//fhir', '/a/../b', '/a%2fb', '/a;b', '/.sallyport']) {
      complain(`${TARGET}pathPrefix: "${path}"\n`);
    }
    complain(`${TARGET}hosts: [FHIR.example]\n`);
    complain(`${TARGET}hosts: ["fhir.example:443"]\n`);
  });

  it('lets the identity go in a field of its own, or not at all', () => {
    assert.equal(readValid(`${TARGET}identityHeader: false\n`).identityHeader, undefined);
    assert.equal(readValid(`${TARGET}identityHeader: X-Who\n`).identityHeader, 'X-Who');
    assert.match(complain(`${TARGET}identityHeader: Authorization\n`), /must begin with X-/);
  });

  it('shows no certificate where there is no TLS', () => {
    const tls = '{mode: disable, clientCertificate: {certificate: env:C, key: env:K}}';
    assert.match(complain(`${TARGET}tls: ${tls}\n`), /must not be given without TLS/);
  });

  it('knows what its bodies hold', () => {
    const { dataMap } = readValid(`${TARGET}dataMap:
  bodies:
    /patients/**: {format: json, fields: {"name[*].family": name, ssn: ssn}, patientKey: id}
    /hl7: {format: hl7v2, fields: {PID-5: name}}
    /claims/*: {format: x12, fields: {"NM1[IL]-03": name}}
    /scan: {format: opaque, class: photo}
  messages: {hospital.v1.Patient.ssn: ssn}
  parameters: {mrn: mrn}
`);
    assert.deepEqual(
      dataMap?.bodies.map(({ glob, format, fields }) => [glob, format, fields.length]),
      [
        ['/patients/**', 'json', 2],
        ['/hl7', 'hl7v2', 1],
        ['/claims/*', 'x12', 1],
        ['/scan', 'opaque', 0],
      ],
    );
    assert.deepEqual(dataMap.messages, [{ name: 'hospital.v1.Patient.ssn', dataClass: 'ssn' }]);
    assert.equal(dataMap.unmappedBodies, 'inspect');
  });

  it('says where a data map is wrong', () => {
    const problems = complain(`${TARGET}dataMap:
  bodies:
    patients: {format: json}
    /hl7: {format: hl7v2, fields: {PID: name}}
    /scan: {format: opaque}
  messages: {ssn: ssn}
  parameters: {mrn: mrm}
`);
    assert.deepEqual(
      problems
        .split('\n')
        .map((problem) => Number(problem.split(':')[0]))
        .toSorted((a, b) => a - b),
      [6, 7, 8, 9, 10],
    );
  });
});
