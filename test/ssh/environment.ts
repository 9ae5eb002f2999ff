import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import {
  type PrivateSshd,
  type PrivateSshdOptions,
  startPrivateSshd,
} from '../../demo/private-sshd.ts';
import { type GatewayProcess, type ListenAddress, startGateway } from '../../demo/start-gateway.ts';
import { type Change, changeYaml, writeConfiguration } from '../../demo/write-configuration.ts';
import { callApi } from '../e2e/call-api.ts';
import { makeLoopbackCertificate } from '../e2e/loopback-certificate.ts';

/** What differs from the defaults of {@link startSshEnvironment}. */
export interface SshEnvironmentOptions {
  readonly sshd?: PrivateSshdOptions;
  /** How the gateway logs in to the host. Default: a private key. */
  readonly credential?: 'privateKey' | 'certificateAuthority' | 'password';
  /** How the gateway knows the host. Default: by its key. */
  readonly hostTrust?: 'key' | 'authority';
  /** Cedar, in place of the policy that permits everything to everybody. */
  readonly policies?: string;
  /** For the gateway's process only. @param dataDirectory Where it keeps its ledger and recordings. */
  readonly environment?: (dataDirectory: string) => Readonly<Record<string, string>>;
  /** Changes to `sallyport.yaml`. */
  readonly gateway?: readonly Change[];
  /** Changes to `targets/ward.yaml`. */
  readonly target?: readonly Change[];
}

/** A host, a gateway before it, and people with certificates. */
export interface SshEnvironment extends AsyncDisposable {
  readonly sshd: PrivateSshd;
  readonly provider: OidcProvider;
  readonly configurationDirectory: string;
  /** Where the gateway keeps its ledger and recordings. */
  readonly dataDirectory: string;
  readonly process: GatewayProcess;
  /** Where the gateway speaks SSH. */
  readonly address: ListenAddress;
  /** Files of a key of the person's own, with a certificate of the gateway. The same for the same subject. */
  identityOf(subject: string): Promise<SshIdentity>;
  /**
   * Options for OpenSSH's programs, before the destination: through the gateway as the person, trusting its
   * authority and nothing else. The destination is `account@target@127.0.0.1`, or `target@127.0.0.1`.
   */
  optionsFor(subject: string): Promise<readonly string[]>;
  /** The same without a gateway, as the first account of the host: what answers are compared with. */
  readonly directOptions: readonly string[];
  /** A token of the person, for `password` sign-ins and the control plane. */
  tokenOf(subject: string): string;
  callApi<Answer>(
    subject: string,
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Answer>;
}

/** Files of somebody who signs in by a certificate. */
export interface SshIdentity {
  readonly keyFile: string;
  readonly certificateFile: string;
  /** Name of the certificate's token, by which it is revoked. */
  readonly tokenId: string;
}

/** The target's name. */
export const TARGET = 'ward';

const PERMIT_ALL = '@id("all") permit (principal, action, resource);\n';
const PASSWORD = 'host-password-of-the-tests';

const run = promisify(execFile);

/** Starts Debian's sshd and, before it, a gateway that permits everything unless the options say otherwise. */
export async function startSshEnvironment(
  options: SshEnvironmentOptions = {},
): Promise<SshEnvironment> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-ssh-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const sshd = started.use(
    await startPrivateSshd({
      ...(options.credential === 'password' && { password: PASSWORD }),
      ...options.sshd,
    }),
  );
  const provider = started.use(await startOidcProvider());
  const configurationDirectory = join(directory, 'configuration');
  await writeWorld(configurationDirectory, { sshd, provider, options });
  const dataDirectory = join(directory, 'data');
  const gateway = await startGateway(configurationDirectory, options.environment?.(dataDirectory));
  started.defer(() => stopInOrder(gateway));
  const address = gateway.ssh;
  if (address === undefined) throw new Error('Cannot start the world: there is no SSH listener');
  const people = new People(directory, gateway, provider);
  const cleanUp = started.move();
  return {
    sshd,
    provider,
    configurationDirectory,
    dataDirectory,
    process: gateway,
    address,
    identityOf: (subject) => people.identityOf(subject),
    optionsFor: (subject) => people.optionsFor(subject, address),
    directOptions: [
      ...PLAIN_OPTIONS,
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-i', sshd.clientKeyFile, '-o', `Port=${sshd.port}`],
    ],
    tokenOf: (subject) => provider.issueToken(subject),
    callApi: (subject, method, path, body) => people.callApi(subject, method, path, body),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Nothing of the machine's own configuration, keys or agents. */
const PLAIN_OPTIONS: readonly string[] = [
  ...['-F', 'none', '-o', 'IdentityAgent=none', '-o', 'IdentitiesOnly=yes'],
  ...['-o', 'LogLevel=ERROR', '-o', 'BatchMode=yes', '-o', 'GlobalKnownHostsFile=/dev/null'],
];

interface WorldParts {
  readonly sshd: PrivateSshd;
  readonly provider: OidcProvider;
  readonly options: SshEnvironmentOptions;
}

async function writeWorld(
  directory: string,
  { sshd, provider, options }: WorldParts,
): Promise<void> {
  const { credential, secrets } = await describeCredential(sshd, options.credential);
  await writeConfiguration(directory, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate()),
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, ssh: 0, api: 0 }),
      [
        ['ssh', 'hostNames'],
        ['127.0.0.1', 'localhost'],
      ],
      ...(options.gateway ?? []),
    ],
    targets: {},
    secrets,
  });
  await rm(join(directory, 'targets/postgres.yaml'));
  await writeFile(join(directory, 'targets', `${TARGET}.yaml`), 'kind: ssh\n');
  const trust =
    options.hostTrust === 'authority'
      ? { hostAuthorities: [sshd.hostAuthority] }
      : { hostKeys: [sshd.hostKey] };
  await changeYaml(join(directory, 'targets', `${TARGET}.yaml`), [
    [['address'], `${sshd.host}:${sshd.port}`],
    [['account'], sshd.accounts[0]],
    [['accounts'], ['*']],
    [['credential'], credential],
    ...Object.entries(trust).map(([key, value]): Change => [[key], value]),
    ...(options.target ?? []),
  ]);
  await writeFile(join(directory, 'policies/allow-all.cedar'), options.policies ?? PERMIT_ALL);
}

async function describeCredential(
  sshd: PrivateSshd,
  kind: SshEnvironmentOptions['credential'] = 'privateKey',
): Promise<{
  readonly credential: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}> {
  const secret = {
    privateKey: () => readFile(sshd.clientKeyFile, 'utf8'),
    certificateAuthority: () => readFile(sshd.userAuthorityFile, 'utf8'),
    password: async () => PASSWORD,
  }[kind];
  return { credential: { [kind]: 'file:secrets/ward' }, secrets: { ward: await secret() } };
}

/** The people of a world, with their keys. */
class People {
  readonly #directory: string;
  readonly #gateway: GatewayProcess;
  readonly #provider: OidcProvider;
  readonly #identities = new Map<string, Promise<SshIdentity>>();
  #knownHosts: Promise<string> | undefined;

  constructor(directory: string, gateway: GatewayProcess, provider: OidcProvider) {
    this.#directory = directory;
    this.#gateway = gateway;
    this.#provider = provider;
  }

  callApi<Answer>(
    subject: string,
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const { api } = this.#gateway;
    if (api === undefined) throw new Error('Cannot call the control plane: it is not served');
    const authorityFile = join(this.#directory, 'configuration/tls/ca.crt');
    const token = this.#provider.issueToken(subject);
    return callApi({ port: api.port, token, authorityFile }, method, path, body);
  }

  identityOf(subject: string): Promise<SshIdentity> {
    const identity = this.#identities.get(subject) ?? this.#makeIdentity(subject);
    this.#identities.set(subject, identity);
    return identity;
  }

  async optionsFor(subject: string, { port }: ListenAddress): Promise<readonly string[]> {
    const { keyFile, certificateFile } = await this.identityOf(subject);
    this.#knownHosts ??= this.#writeKnownHosts();
    return [
      ...PLAIN_OPTIONS,
      ...['-o', `UserKnownHostsFile=${await this.#knownHosts}`, '-o', 'StrictHostKeyChecking=yes'],
      ...['-i', keyFile, '-o', `CertificateFile=${certificateFile}`, '-o', `Port=${port}`],
    ];
  }

  async #makeIdentity(subject: string): Promise<SshIdentity> {
    const directory = join(this.#directory, 'people', subject);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const keyFile = join(directory, 'id');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', keyFile]);
    const publicKey = (await readFile(`${keyFile}.pub`, 'utf8')).trim();
    const { id, certificate } = await this.callApi<{ id: string; certificate: string }>(
      subject,
      'POST',
      '/v1/ssh/certificates',
      { publicKey },
    );
    const certificateFile = `${keyFile}-cert.pub`;
    await writeFile(certificateFile, `${certificate}\n`);
    return { keyFile, certificateFile, tokenId: id };
  }

  async #writeKnownHosts(): Promise<string> {
    const { ssh } = await this.callApi<{ readonly ssh?: { readonly hostAuthority: string } }>(
      'ana',
      'GET',
      '/v1/client-configuration',
    );
    if (ssh === undefined) throw new Error('Cannot trust the gateway: it shows no host authority');
    const file = join(this.#directory, 'known_hosts');
    await writeFile(file, `@cert-authority * ${ssh.hostAuthority}\n`);
    return file;
  }
}

/** A gateway that does not drain is a failure of whatever test used it. */
async function stopInOrder(gateway: GatewayProcess): Promise<void> {
  const code = await gateway.stop();
  if (code !== 0) {
    throw new Error(`Cannot stop the gateway: it ended with ${code}\n${gateway.log()}`);
  }
}
