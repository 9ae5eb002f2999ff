import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';

const run = promisify(execFile);

let environment: SshEnvironment;
let directory: string;
/** Private key of the authority: in the hands of an attacker, too. */
let authority: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-authority-'));
  authority = join(directory, 'authority');
  await makeKey(authority);
  environment = await startSshEnvironment({
    gateway: [[['ssh', 'userAuthority'], `file:${authority}`]],
  });
});
after(async () => {
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function makeKey(path: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
}

/** Has whoever holds a key certify another one, and tries to sign in by it. */
async function signInBy(
  signer: string,
  options: readonly string[],
  publicKeyFile?: string,
): Promise<boolean> {
  const { keyFile } = await environment.identityOf('ana');
  const forged = join(directory, 'forged');
  await copyFile(keyFile, forged);
  await copyFile(publicKeyFile ?? `${keyFile}.pub`, `${forged}.pub`);
  await run('ssh-keygen', ['-q', '-s', signer, ...options, `${forged}.pub`]);
  return isLetIn(forged, `${forged}-cert.pub`);
}

async function isLetIn(keyFile: string, certificateFile: string): Promise<boolean> {
  const options = await environment.optionsFor('ana');
  // All but the identity.
  const shared = options.slice(0, options.indexOf('-i'));
  const identity = ['-i', keyFile, '-o', `CertificateFile=${certificateFile}`];
  const place = ['-p', `${environment.address.port}`, `${TARGET}@127.0.0.1`];
  try {
    const { stdout } = await run('ssh', [...shared, ...identity, ...place, 'echo in']);
    return stdout === 'in\n';
  } catch {
    return false;
  }
}

describe('certificates of SSH clients', () => {
  it('let their holder in', async () => {
    const { keyFile, certificateFile } = await environment.identityOf('ana');
    assert(await isLetIn(keyFile, certificateFile));
  });

  it('let nobody in who signed one with the stolen key of the authority', async () => {
    for (const options of [
      ['-I', 'clinic:ana', '-n', 'clinic:ana', '-V', '-1m:+1h'],
      ['-I', 'clinic:ana', '-n', 'clinic:ana,root', '-V', '-1m:+1h'],
      ['-I', 'clinic:ana', '-V', 'always:forever'],
      ['-I', 'clinic:ana', '-h', '-n', 'clinic:ana'],
      ['-I', 'clinic:ana', '-n', 'clinic:ana', '-O', 'verify-required'],
    ]) {
      assert.equal(await signInBy(authority, options), false, options.join(' '));
    }
  });

  it('let nobody in whose signer the authority has certified', async () => {
    const middle = join(directory, 'middle');
    await makeKey(middle);
    const options = ['-I', 'clinic:ana', '-n', 'clinic:ana'];
    await run('ssh-keygen', ['-q', '-s', authority, ...options, `${middle}.pub`]);
    assert.equal(await signInBy(middle, options), false);
  });

  it('count for the key that they certify alone', async () => {
    const { certificateFile } = await environment.identityOf('ana');
    const other = join(directory, 'other');
    await makeKey(other);
    assert.equal(await isLetIn(other, certificateFile), false);
    assert.equal(await isLetIn(other, `${other}.pub`), false);
  });

  it('count from the addresses that they list, and until they are over', async () => {
    const { keyFile } = await environment.identityOf('ana');
    const publicKey = (await readFile(`${keyFile}.pub`, 'utf8')).trim();
    const issue = async (request: object): Promise<string> => {
      const body = { publicKey, ...request };
      const path = '/v1/ssh/certificates';
      const issued = await environment.callApi<{ certificate: string }>('ana', 'POST', path, body);
      const file = join(directory, 'issued-cert.pub');
      await writeFile(file, `${issued.certificate}\n`);
      return file;
    };
    assert(await isLetIn(keyFile, await issue({ sourceAddresses: ['127.0.0.0/8'] })));
    assert.equal(await isLetIn(keyFile, await issue({ sourceAddresses: ['10.0.0.0/8'] })), false);
    const short = await issue({ lifetimeSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(await isLetIn(keyFile, short), false);
  });
});
