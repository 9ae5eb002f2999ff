import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type BundledFile, bundleConfiguration } from './bundle.ts';
import { ConfigurationError } from './configuration-error.ts';
import { loadConfiguration } from './load-configuration.ts';
import { SMALLEST_GATEWAY } from './smallest-gateway.fixture.ts';

function target(name: string, password: string): string {
  return `kind: postgres
address: ${name}.clinic.example
database: ${name}
credential: {user: sallyport, password: ${password}}
`;
}

async function bundle(files: Readonly<Record<string, string>>): Promise<readonly BundledFile[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
  try {
    for (const [path, text] of Object.entries({ 'sallyport.yaml': SMALLEST_GATEWAY, ...files })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    return await bundleConfiguration(await loadConfiguration(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function complain(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  try {
    await bundle(files);
  } catch (error) {
    assert(error instanceof ConfigurationError, String(error));
    return error.message.split('\n');
  }
  return assert.fail('was bundled');
}

describe('bundleConfiguration', () => {
  it('takes the files of a directory, and none that are secrets elsewhere', async () => {
    const files = await bundle({
      'targets/ehr.yaml': target('ehr', 'env:PASSWORD'),
      'note.md': 'x',
    });
    assert.deepEqual(
      files.map(({ path }) => path),
      ['sallyport.yaml', 'targets/ehr.yaml'],
    );
  });

  it('names a secret of the directory once, with every place that refers to it', async () => {
    const problems = await complain({
      'targets/ehr.yaml': target('ehr', 'file:secrets/password'),
      'targets/lab.yaml': target('lab', 'file:./secrets/password'),
      'targets/scans.yaml': target('scans', 'file:secrets/other'),
      'secrets/password': 'hunter2',
      'secrets/other': 'hunter3',
    });
    assert.equal(problems.length, 2);
    const [first = '', second = ''] = problems;
    assert.match(
      first,
      /^targets\/ehr\.yaml:4:41: secrets\/password: is a secret in the directory/,
    );
    assert.match(first, /; it is named at targets\/lab\.yaml:4:41, too$/);
    assert.match(second, /^targets\/scans\.yaml:4:41: secrets\/other: is a secret .*elsewhere$/);
  });

  it('names a private key where a listener says which it is', async () => {
    const tls = '\n      tls: {mode: required, certificate: tls/own.crt, key: tls/own.key}\n';
    const [problem = '', ...more] = await complain({
      'sallyport.yaml': SMALLEST_GATEWAY.replace('6432\n', `6432${tls}`),
      'tls/own.crt': 'x',
      'tls/own.key': '-----BEGIN PRIVATE KEY-----\n',
    });
    assert.deepEqual(more, []);
    assert.match(problem, /^sallyport\.yaml:5:\d+: tls\/own\.key: is a secret/);
  });
});
