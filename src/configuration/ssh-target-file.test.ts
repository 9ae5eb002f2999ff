import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { rootWithoutSources } from './configuration-root.ts';
import type { SshTargetFile } from './ssh-target-file.ts';
import { targetFileSchema } from './target-file.ts';
import { readYamlDocument } from './yaml-document.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0d ward';
const TARGET = `kind: ssh
address: ward.clinic.example
account: deploy
credential: {privateKey: file:/run/secrets/ward}
hostKeys: ["${KEY}"]
`;

function read(text: string): ReturnType<typeof readYamlDocument<unknown>> {
  const schema = targetFileSchema({
    root: rootWithoutSources('/etc/sallyport'),
    name: 'ward',
    idleTimeoutMs: 0,
    side: 'gateway',
  });
  return readYamlDocument('targets/ward.yaml', text, schema);
}

function readValid(text: string): SshTargetFile {
  const reading = read(text);
  if (reading.kind === 'invalid') assert.fail(JSON.stringify(reading.problems));
  return reading.value as SshTargetFile;
}

/** The messages of all problems. */
function complain(text: string): string {
  const reading = read(text);
  assert.equal(reading.kind, 'invalid', text);
  return reading.problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
}

describe('the file of an SSH target', () => {
  it('says little, and the rest is on the safe side', () => {
    assert.deepEqual(readValid(TARGET), {
      kind: 'ssh',
      name: 'ward',
      description: 'SSH',
      host: 'ward.clinic.example',
      port: 22,
      connectors: [],
      account: 'deploy',
      accounts: [],
      credential: { kind: 'privateKey', privateKey: 'file:/run/secrets/ward' },
      hostKeys: [KEY],
      hostAuthorities: [],
      environment: ['LANG', 'LC_*'],
      forwards: [],
      labels: {},
      seal: 'sealed',
      recording: { enabled: true, bytesMax: 16_777_216 },
      idleTimeoutMs: 0,
      onReview: { people: 'wait', workloads: 'fail' },
    });
  });

  it('takes one credential', () => {
    const withCredential = (credential: string): string =>
      TARGET.replace(/credential: .*/, `credential: ${credential}`);
    assert.deepEqual(readValid(withCredential('{password: env:WARD}')).credential, {
      kind: 'password',
      password: 'env:WARD',
    });
    assert.deepEqual(readValid(withCredential('{certificateAuthority: vault:ca}')).credential, {
      kind: 'certificateAuthority',
      certificateAuthority: 'vault:ca',
    });
    for (const credential of ['{}', '{password: env:A, privateKey: env:B}']) {
      assert.match(
        complain(withCredential(credential)),
        /credential: must be one of privateKey, password and certificateAuthority/,
      );
    }
  });

  it('needs a key that the host proves itself by, and takes nothing else for one', () => {
    assert.match(
      complain(TARGET.replace(/hostKeys.*/, '')),
      /hostKeys: must be given, or hostAuth/,
    );
    for (const line of [
      'ssh-ed25519',
      KEY.replace('ssh-ed25519', 'ssh-rsa'),
      KEY.replace('AAAAC3', 'AAAAC4'),
      `ward.clinic.example ${KEY}`,
      'ssh-dss AAAAB3NzaC1kc3MAAACBAAAAC3NzaC1lZDI1NTE5AAAA',
    ]) {
      assert.match(
        complain(TARGET.replace(KEY, line)),
        /hostKeys\[0\]: must be a public key/,
        line,
      );
    }
  });

  it('takes for an account what no shell, log or client reads as something else', () => {
    for (const account of ['-l', 'a b', 'a@b', 'a/b', 'a;b', '"a\\nb"', 'a%u', '$HOME']) {
      assert.match(
        complain(TARGET.replace('deploy', account)),
        /account: must be the name/,
        account,
      );
    }
    assert.equal(readValid(TARGET.replace('deploy', 'svc-backup.01$')).account, 'svc-backup.01$');
    assert.deepEqual(readValid(`${TARGET}accounts: ['*', root]\n`).accounts, ['*', 'root']);
  });

  it('reads what files hold', () => {
    const { dataMap } = readValid(`${TARGET}dataMap:
  files:
    /srv/exports/**/*.csv:
      format: csv
      header: false
      patientKey: "1"
      fields: {"2": ssn, "3": {class: birth-date, mask: year}, "*": none}
    /srv/fhir/*.ndjson: {format: ndjson, fields: {"name[*].family": name}}
    /srv/scans/**: {format: opaque, class: photo}
  unmappedFiles: refuse
`);
    assert.deepEqual(dataMap?.files, [
      {
        glob: '/srv/exports/**/*.csv',
        format: 'csv',
        delimiter: ',',
        hasHeader: false,
        patientKey: '1',
        fields: [
          { path: '2', dataClass: 'ssn' },
          { path: '3', dataClass: 'birth-date', mask: { kind: 'year' } },
          { path: '*', dataClass: 'none' },
        ],
      },
      {
        glob: '/srv/fhir/*.ndjson',
        format: 'ndjson',
        delimiter: ',',
        hasHeader: true,
        fields: [{ path: 'name[*].family', dataClass: 'name' }],
      },
      {
        glob: '/srv/scans/**',
        format: 'opaque',
        delimiter: ',',
        hasHeader: true,
        fields: [],
        dataClass: 'photo',
      },
    ]);
    assert.equal(dataMap?.unmappedFiles, 'refuse');
    assert.equal(dataMap?.output, 'inspect');
  });

  it('refuses entries that would protect nothing', () => {
    const map = (entry: string): string => `${TARGET}dataMap: {files: {${entry}}}\n`;
    for (const [entry, problem] of [
      ['"srv/*.csv": {format: csv}', /must be an absolute path/],
      ['"/srv/../etc/x": {format: csv}', /must be an absolute path/],
      ['"/srv//x": {format: csv}', /must be an absolute path/],
      ['"/srv/x": {format: csv, fields: {a: sssn}}', /fields\.a: must be one of/],
      ['"/srv/x": {format: json, fields: {"a..b": ssn}}', /must be keys with dots/],
      ['"/srv/x": {format: text, fields: {a: ssn}}', /must not be given with format: text/],
      ['"/srv/x": {format: opaque}', /class: must be given with format: opaque/],
      ['"/srv/x": {format: csv, class: ssn}', /class: must be given with format: opaque/],
    ] as const) {
      assert.match(complain(map(entry)), problem, entry);
    }
  });
});
