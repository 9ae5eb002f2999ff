import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SshConfiguration } from '../api/client-configuration.ts';
import type { VisibleTarget } from '../api/target.ts';
import type { KnownGateway } from './gateway-settings.ts';
import {
  addToSshConfig,
  formatKnownHosts,
  formatSshConfig,
  includeLine,
  type SshFiles,
  sshFiles,
  writePrivately,
} from './ssh-files.ts';

const SSH: SshConfiguration = {
  host: 'gw.clinic.example',
  port: 2222,
  suffix: 'sallyport',
  hostAuthority: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKodYPDfEweUK4iHz9UlrFIQBUBofZDmgN9cEkZKTo+5',
};
const GATEWAY: KnownGateway = {
  url: 'https://gw.clinic.example:8443',
  configuration: {
    version: 1,
    browserSignIns: [],
    postgres: { host: 'gw.clinic.example', port: 5432 },
    ssh: SSH,
    tls: {},
  },
};

let home: string;
let environment: Readonly<Record<string, string>>;
let files: SshFiles;

function target(name: string, account: string, kind = 'ssh'): VisibleTarget {
  return { name, kind, account, description: '', database: '', labels: {} };
}

/** What OpenSSH would do for a host, by the line that people put into their configuration. */
function resolve(host: string): ReadonlyMap<string, string> {
  const config = join(home, 'ssh_config');
  writeFileSync(config, `${includeLine(environment)}\n`);
  const text = execFileSync('ssh', ['-T', '-G', '-F', config, host], { encoding: 'utf8' });
  return new Map(
    text.split('\n').map((line) => {
      const [name = '', ...value] = line.split(' ');
      return [name, value.join(' ')];
    }),
  );
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(() => {
    home = join(mkdtempSync(join(tmpdir(), 'sallyport-ssh-')), 'a home');
    mkdirSync(home);
    environment = { HOME: home };
    files = sshFiles(environment, GATEWAY);
  });
  afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }));
}

describe('formatSshConfig', () => {
  prepareTests();

  it('has OpenSSH reach a target through the gateway, and trust its authority alone', async () => {
    const targets = [target('db-host', 'deploy'), target('hospital', '', 'postgres')];
    await writePrivately(files.config, formatSshConfig(GATEWAY, SSH, files, targets));
    const host = resolve('db-host.sallyport');
    assert.equal(host.get('proxyjump'), 'sallyport');
    assert.equal(host.get('user'), 'deploy');
    for (const one of [host, resolve('sallyport')]) {
      assert.equal(one.get('identityfile'), files.key);
      assert.equal(one.get('certificatefile'), files.certificate);
      assert.equal(one.get('userknownhostsfile'), files.knownHosts);
      assert.equal(one.get('stricthostkeychecking'), 'true');
      assert.equal(one.get('identitiesonly'), 'yes');
      assert.equal(one.get('hostkeyalgorithms'), 'ssh-ed25519-cert-v01@openssh.com');
    }
    const gateway = resolve('root@db-host@sallyport');
    assert.equal(gateway.get('user'), 'root@db-host');
    assert.equal(gateway.get('hostname'), 'gw.clinic.example');
    assert.equal(gateway.get('port'), '2222');
    assert.equal(gateway.get('hostkeyalias'), 'sallyport');
    assert.equal(gateway.get('proxyjump'), undefined);
    assert.equal(resolve('elsewhere.example').get('identitiesonly'), 'no');
  });

  it('is where the API is for a gateway that listens everywhere', () => {
    const text = formatSshConfig(GATEWAY, { ...SSH, host: '0.0.0.0' }, files, []);
    assert.match(text, /^ {2}HostName gw\.clinic\.example$/m);
  });

  it('takes no name of a target or an account that would be more than a word', () => {
    for (const [name, account] of [
      ['db', 'root\n  ProxyCommand id'],
      ['db *', 'root'],
      ['db', '-oProxyCommand=id'],
      ['db', ''],
    ] as const) {
      const text = formatSshConfig(GATEWAY, SSH, files, [target(name, account)]);
      assert.equal(text, formatSshConfig(GATEWAY, SSH, files, []));
    }
  });
});

describe('formatKnownHosts', () => {
  prepareTests();

  it('is one line that OpenSSH finds for the gateway and its targets', async () => {
    await writePrivately(files.knownHosts, formatKnownHosts(SSH));
    for (const host of ['sallyport', 'db-host.sallyport']) {
      const found = execFileSync('ssh-keygen', ['-F', host, '-f', files.knownHosts], {
        encoding: 'utf8',
      });
      assert.match(found, /@cert-authority/);
    }
    assert.throws(() =>
      execFileSync('ssh-keygen', ['-F', 'example.org', '-f', files.knownHosts], {
        stdio: 'ignore',
      }),
    );
  });
});

describe('addToSshConfig', () => {
  prepareTests();

  it('puts the line before what is there, once, and leaves the rest as it was', async () => {
    const path = join(home, '.ssh', 'config');
    const line = includeLine(environment);
    assert.equal(await addToSshConfig(path, line), true);
    assert.equal(readFileSync(path, 'utf8'), `${line}\n\n`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(await addToSshConfig(path, line), false);
    writeFileSync(path, 'Host *\n  User me\n');
    assert.equal(await addToSshConfig(path, line), true);
    assert.equal(readFileSync(path, 'utf8'), `${line}\n\nHost *\n  User me\n`);
  });
});
