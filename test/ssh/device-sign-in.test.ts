import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { signInAs } from '../../demo/oidc-sign-in.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';

let environment: SshEnvironment;
let directory: string;
let askpass: string;

before(async () => {
  environment = await startSshEnvironment({ gateway: [[['ssh', 'deviceSignIn'], true]] });
  directory = await mkdtemp(join(tmpdir(), 'sallyport-device-'));
  askpass = join(directory, 'askpass');
  // Presses Enter.
  await writeFile(askpass, '#!/bin/sh\necho\n', { mode: 0o700 });
});
after(async () => {
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** OpenSSH without a key; `onCode` gets the address that it shows. */
async function sshByCode(
  onCode: (url: string) => Promise<unknown>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number }> {
  const { host, port } = environment.address;
  const options = [
    '-F',
    'none',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'StrictHostKeyChecking=no',
  ];
  const methods = [
    '-o',
    'PubkeyAuthentication=no',
    '-o',
    'PreferredAuthentications=keyboard-interactive',
  ];
  const child = spawn(
    'ssh',
    [...options, ...methods, '-p', `${port}`, `${TARGET}@${host}`, 'echo in'],
    {
      env: { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 40_000,
    },
  );
  const said = { stdout: '', stderr: '' };
  let acted: Promise<unknown> | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
    const url = /https?:\S+user_code=\S+/.exec(said.stderr)?.[0];
    if (url !== undefined && /\s$/.test(said.stderr)) acted ??= onCode(url);
  });
  const [code] = (await once(child, 'close')) as [number];
  await acted;
  return { ...said, code };
}

describe('a client without a certificate', () => {
  it('is let in once the person confirms the code that it shows', async () => {
    const { signal } = new AbortController();
    const outcome = await sshByCode((url) => signInAs('ana', url, signal));
    assert.equal(outcome.stdout, 'in\n', outcome.stderr);
    assert.match(outcome.stderr, /[A-Z]{4}-[A-Z]{4}/);
  });
});
