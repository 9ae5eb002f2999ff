import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ListenerTls } from '../configuration/listener-settings.ts';
import { makeSelfSigned } from './certificates.ts';
import { loadListenerCertificate } from './listener-certificate.ts';

const OWN: ListenerTls = { mode: 'required', files: undefined };
let root: string;

const makeDirectory = (): Promise<string> => mkdtemp(join(root, 'data-'));

describe('loadListenerCertificate', () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'listener-certificate-'));
  });
  after(() => rm(root, { recursive: true }));

  it('makes a certificate of its own at the first start, and keeps it', async () => {
    const directory = await makeDirectory();
    const first = await loadListenerCertificate(OWN, directory);
    assert.equal(first.isSelfSigned, true);
    const certificate = new X509Certificate(first.certificatePem);
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(certificate.checkPrivateKey(createPrivateKey(first.keyPem)), true);
    const again = await loadListenerCertificate(OWN, directory);
    assert.equal(again.certificatePem, first.certificatePem);
  });

  it('lets nobody but the owner read its key', async () => {
    const directory = await makeDirectory();
    await loadListenerCertificate(OWN, directory);
    const { mode } = await stat(join(directory, 'gateway.key'));
    assert.equal(mode & 0o077, 0);
  });

  it('starts anew when it was cut short before its key was there', async () => {
    const directory = await makeDirectory();
    const first = await loadListenerCertificate(OWN, directory);
    await unlink(join(directory, 'gateway.key'));
    await writeFile(join(directory, 'gateway.key.new'), 'half a k');
    const again = await loadListenerCertificate(OWN, directory);
    assert.notEqual(again.certificatePem, first.certificatePem);
    const certificate = new X509Certificate(again.certificatePem);
    assert.equal(certificate.checkPrivateKey(createPrivateKey(again.keyPem)), true);
  });

  it('loads the files that the configuration names, as they are now', async () => {
    const directory = await makeDirectory();
    const files = { certificate: join(directory, 'a.crt'), key: join(directory, 'a.key') };
    for (let count = 0; count < 2; count++) {
      const made = await makeSelfSigned({ names: ['gateway.example'] });
      await writeFile(files.certificate, made.certificatePem);
      await writeFile(files.key, made.keyPem);
      const loaded = await loadListenerCertificate({ ...OWN, files }, directory);
      assert.equal(loaded.isSelfSigned, false);
      assert.equal(loaded.certificatePem, made.certificatePem);
    }
  });

  it('makes one for names of its own, and another once a name is missing', async () => {
    const directory = await makeDirectory();
    const load = (...names: string[]) => loadListenerCertificate(OWN, directory, { names });
    const first = await load('sallyport', 'fhir.sallyport');
    const certificate = new X509Certificate(first.certificatePem);
    for (const name of ['sallyport', 'fhir.sallyport', 'localhost']) {
      assert(certificate.checkHost(name), name);
    }
    assert.equal((await load('fhir.sallyport')).certificatePem, first.certificatePem);
    const second = await load('sallyport', 'fhir.sallyport', 'lab.sallyport');
    assert.notEqual(second.certificatePem, first.certificatePem);
    assert(new X509Certificate(second.certificatePem).checkHost('lab.sallyport'));
    const { certificatePem } = await loadListenerCertificate(OWN, directory);
    assert.notEqual(certificatePem, second.certificatePem);
  });

  it('makes none in place of a file that is missing, or does not fit its key', async () => {
    const directory = await makeDirectory();
    const files = { certificate: join(directory, 'a.crt'), key: join(directory, 'a.key') };
    const tls = { ...OWN, files };
    await assert.rejects(loadListenerCertificate(tls, directory), { code: 'ENOENT' });
    const [one, two] = [
      await makeSelfSigned({ names: ['a.example'] }),
      await makeSelfSigned({ names: ['a.example'] }),
    ];
    await writeFile(files.certificate, one.certificatePem);
    await writeFile(files.key, two.keyPem);
    await assert.rejects(loadListenerCertificate(tls, directory), /mismatch/);
  });
});
