import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { SERVER_KEY_AGREEMENTS } from '../../src/protocols/ssh/transport/key-agreement.ts';
import { CIPHERS, MACS } from '../../src/protocols/ssh/transport/packet-algorithms.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { makeHostKey, type PlainServer, startPlainServer } from './plain-server.ts';

const run = promisify(execFile);

const OPENSSH_AGREEMENTS = SERVER_KEY_AGREEMENTS.filter((name) => !name.startsWith('mlkem'));

const { privateKey: rsaKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
const { privateKey: curveKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const hostKeys = [makeHostKey(), makeHostKey(curveKey), makeHostKey(rsaKey)];

/** Signs in by `none`, sends two megabytes to `cat` and compares what comes back. */
const PARAMIKO_CLIENT = `
import sys, os, socket, paramiko
port, cipher, mac = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sock = socket.create_connection(('127.0.0.1', port))
transport = paramiko.Transport(sock)
options = transport.get_security_options()
if cipher: options.ciphers = [cipher]
if mac: options.digests = [mac]
transport.start_client(timeout=20)
transport.auth_none('anyone')
channel = transport.open_session()
channel.exec_command('cat')
data = os.urandom(300000)
channel.sendall(data)
transport.renegotiate_keys()
channel.sendall(data)
channel.shutdown_write()
got = b''
while True:
    piece = channel.recv(65536)
    if not piece: break
    got += piece
assert got == data + data, len(got)
print('same', transport.remote_cipher)
transport.close()
`;

describe('clients of the transport', () => {
  let directory: string;
  let server: PlainServer;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-ssh-'));
    server = await startPlainServer({ hostKeys });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  /** Sends `input` to `cat` through OpenSSH's client; returns what it printed. */
  async function ssh(input: Buffer, ...options: string[]): Promise<Buffer> {
    const child = spawn('ssh', [
      '-F/dev/null',
      ...options,
      ...sshOptions(),
      'anyone@127.0.0.1',
      'cat',
    ]);
    const output: Buffer[] = [];
    let complaints = '';
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => {
      complaints += bytes.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0, complaints);
    return Buffer.concat(output);
  }

  function sshOptions(): string[] {
    return [
      `-p${server.port}`,
      '-oStrictHostKeyChecking=no',
      `-oUserKnownHostsFile=${join(directory, 'known_hosts')}`,
      '-oLogLevel=ERROR',
      '-oIdentityFile=none',
      '-oIdentityAgent=none',
    ];
  }

  for (const name of OPENSSH_AGREEMENTS) {
    it(`OpenSSH exchanges keys by ${name}`, async () => {
      assert.equal((await ssh(Buffer.from('hi'), `-oKexAlgorithms=${name}`)).toString(), 'hi');
    });
  }

  for (const cipher of CIPHERS.keys()) {
    it(`OpenSSH encrypts by ${cipher} and replaces keys every megabyte`, async () => {
      const input = randomBytes(5_000_000);
      const output = await ssh(input, '-c', cipher, '-oRekeyLimit=1M');
      assert(output.equals(input));
    });
  }

  for (const mac of MACS.keys()) {
    it(`OpenSSH authenticates by ${mac}`, async () => {
      const input = randomBytes(1_000_000);
      const output = await ssh(input, '-c', 'aes256-ctr', '-m', mac, '-oRekeyLimit=200K');
      assert(output.equals(input));
    });
  }

  for (const name of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']) {
    it(`OpenSSH knows the server by ${name}`, async () => {
      assert.equal((await ssh(Buffer.from('hi'), `-oHostKeyAlgorithms=${name}`)).toString(), 'hi');
    });
  }

  it('OpenSSH takes a host certificate of an authority that it trusts, for its names only', async () => {
    const own = join(directory, 'host');
    const authority = join(directory, 'authority');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', authority]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', own]);
    await run('ssh-keygen', [
      '-q',
      '-s',
      authority,
      '-I',
      'x',
      '-h',
      '-n',
      'db.test',
      `${own}.pub`,
    ]);
    const knownHosts = join(directory, 'trusted_authority');
    await writeFile(knownHosts, `@cert-authority * ${await readFile(`${authority}.pub`, 'utf8')}`);
    const [, certificate = ''] = (await readFile(`${own}-cert.pub`, 'utf8')).split(' ');
    const privateKey = decodePrivateKeyFile(await readFile(own, 'utf8'));
    const blob = Buffer.from(certificate, 'base64');
    await using certified = await startPlainServer({ hostKeys: [{ privateKey, blob }] });
    const options = [
      `-p${certified.port}`,
      '-oStrictHostKeyChecking=yes',
      `-oUserKnownHostsFile=${knownHosts}`,
    ];
    assert.equal(
      (await ssh(Buffer.from('hi'), ...options, '-oHostKeyAlias=db.test')).toString(),
      'hi',
    );
    await assert.rejects(
      ssh(Buffer.from('hi'), ...options, '-oHostKeyAlias=other.test'),
      /verification failed/,
    );
  });

  it('ssh2 sends and receives', async () => {
    const input = randomBytes(3_000_000);
    const client = new ssh2.Client();
    client.connect({ host: '127.0.0.1', port: server.port, username: 'anyone' });
    await once(client, 'ready');
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec('cat', (error, opened) => {
        if (error === undefined) resolve(opened);
        else reject(error);
      });
    });
    channel.end(input);
    const hash = createHash('sha256');
    for await (const bytes of channel) hash.update(bytes as Buffer);
    client.end();
    assert.deepEqual(hash.digest(), createHash('sha256').update(input).digest());
  });

  for (const [cipher, mac] of [
    ['', ''],
    ['aes128-ctr', 'hmac-sha2-256'],
    ['aes256-ctr', 'hmac-sha2-512'],
  ] as const) {
    it(`paramiko, which is not strict, sends, receives and replaces keys ${cipher} ${mac}`, async () => {
      const script = join(directory, 'client.py');
      await writeFile(script, PARAMIKO_CLIENT);
      const { stdout } = await run('/usr/bin/python3', [script, `${server.port}`, cipher, mac]);
      assert.match(stdout, /^same/);
      assert.equal(server.transports.at(-1)?.isStrict, false);
    });
  }

  it('paramiko is not let on with a MAC that is unsafe without strictness', async () => {
    const script = join(directory, 'client.py');
    await writeFile(script, PARAMIKO_CLIENT);
    const mac = 'hmac-sha2-256-etm@openssh.com';
    await assert.rejects(run('/usr/bin/python3', [script, `${server.port}`, 'aes128-ctr', mac]));
    const codes = server.failures.map((error) => (error as NodeJS.ErrnoException).code);
    assert(codes.includes('ERR_SSH_NO_COMMON_ALGORITHM'));
  });

  it('ssh-audit fails nothing but the curves of NIST, which FIPS 140-3 asks for', async () => {
    const options = ['-b', '-n', '-p', String(server.port), '-l', 'fail', '127.0.0.1'];
    const audit = await run('ssh-audit', options).catch((error: { stdout: string }) => error);
    const complaints = audit.stdout.match(/--.*\[fail\].*/g) ?? [];
    assert(complaints.length > 0);
    const others = complaints.filter((line) => !line.includes('weak elliptic curves'));
    assert.deepEqual(others, []);
  });
});
