import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from './configuration-root.ts';
import { exportsSchema } from './export-settings.ts';

const schema = exportsSchema(rootWithoutSources('/etc/sallyport'));

/** Problems, each with its place. */
function complain(value: unknown): readonly string[] {
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

const SYSLOG = { name: 'siem', kind: 'syslog', server: 'siem.clinic.example' };

describe('the section exports', () => {
  it('hides values, cuts statements and begins at the beginning unless it says otherwise', () => {
    const [syslog, file] = schema.parse([SYSLOG, { name: 'own', kind: 'file', path: 'own.jsonl' }]);
    assert.deepEqual(syslog, {
      name: 'siem',
      kind: 'syslog',
      server: { host: 'siem.clinic.example', port: 6514 },
      tls: true,
      caFile: undefined,
      client: undefined,
      format: 'syslog',
      facility: 13,
      messageBytesMax: 8_192,
      statements: 'masked',
      statementBytesMax: 2_048,
      kinds: [],
      start: 'beginning',
    });
    assert.deepEqual(file, {
      name: 'own',
      kind: 'file',
      path: '/etc/sallyport/own.jsonl',
      format: 'json',
      statements: 'masked',
      statementBytesMax: 65_536,
      kinds: [],
      start: 'beginning',
    });
  });

  it('takes nothing in plain text to another machine', () => {
    assert.deepEqual(complain([{ ...SYSLOG, tls: false }]), [
      '0.tls: must be true, unless the server is on loopback',
    ]);
    assert.deepEqual(complain([{ ...SYSLOG, server: '127.0.0.1:514', tls: false }]), []);
    const webhook = { name: 'own', kind: 'webhook', secret: 'env:SECRET' };
    assert.match(
      complain([{ ...webhook, url: 'http://audit.clinic.example' }])[0] ?? '',
      /^0\.url: must be an https URL/,
    );
    assert.deepEqual(complain([{ ...webhook, url: 'http://127.0.0.1:8080/x' }]), []);
  });

  it('takes references to secrets, and no secret itself', () => {
    const splunk = { name: 'splunk', kind: 'splunk', url: 'https://splunk.clinic.example:8088' };
    assert.deepEqual(complain([{ ...splunk, token: 'vault:hec' }]), []);
    assert.match(complain([{ ...splunk, token: 'a81bd9' }])[0] ?? '', /^0\.token: .*reference/);
  });

  it('says what is wrong with names, kinds and sizes', () => {
    assert.deepEqual(complain([SYSLOG, SYSLOG]), ['1.name: is the name of another sink']);
    assert.match(complain([{ ...SYSLOG, kind: 'smtp' }])[0] ?? '', /must be one of syslog, splunk/);
    assert.match(complain([{ ...SYSLOG, messageSizeMax: '1KiB' }])[0] ?? '', /^0\.messageSizeMax/);
    assert.match(complain([{ ...SYSLOG, statements: 'some' }])[0] ?? '', /^0\.statements/);
    assert.equal(complain([{ ...SYSLOG, port: 6514 }]).length, 1);
  });
});
