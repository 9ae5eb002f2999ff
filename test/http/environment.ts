import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher, fetch, Headers, type RequestInit, type Response } from 'undici';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { type GatewayProcess, type ListenAddress, startGateway } from '../../demo/start-gateway.ts';
import { type Change, changeYaml, writeConfiguration } from '../../demo/write-configuration.ts';
import type { Entry } from '../../src/audit/decode-entry.ts';
import type { EntryKind } from '../../src/audit/ledger-port.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { openContentKeys } from '../../src/cli/open-content-keys.ts';
import { callApi } from '../e2e/call-api.ts';
import { makeLoopbackCertificate } from '../e2e/loopback-certificate.ts';
import { type PrivateUpstream, startUpstream, type UpstreamOptions } from './private-upstream.ts';

/** What differs from the defaults of {@link startHttpEnvironment}. */
export interface HttpEnvironmentOptions {
  /** The service behind the gateway, unless `upstreamPort` says where there is one. */
  readonly upstream?: UpstreamOptions;
  /** A service that the test started itself; see also `target` for how it is spoken to. */
  readonly upstreamPort?: number;
  /** Cedar, in place of the policy that permits everything to everybody. */
  readonly policies?: string;
  /** What the service's bodies hold, as in the target's file. */
  readonly dataMap?: Readonly<Record<string, unknown>>;
  /** Whether clients speak TLS to the gateway. Default: they do. */
  readonly tls?: boolean;
  /** For the gateway's process only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes to `sallyport.yaml`. */
  readonly gateway?: readonly Change[];
  /** Changes to `targets/api.yaml`. */
  readonly target?: readonly Change[];
  /** Files in `secrets/`: name and text. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Further files of the configuration: path and text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Names that the gateway's certificate has, too. */
  readonly names?: readonly string[];
}

/** What a client sends; `subject` is who asks, nobody if absent. */
export type ClientRequest = RequestInit & { readonly subject?: string };

/** A service, a gateway before it, and people with tokens. */
export interface HttpEnvironment extends AsyncDisposable {
  readonly provider: OidcProvider;
  readonly configurationDirectory: string;
  /** Where the gateway keeps its ledger and recordings. */
  readonly dataDirectory: string;
  readonly process: GatewayProcess;
  /** Where the gateway speaks HTTP. */
  readonly address: ListenAddress;
  /** PEM file of the authority of the gateway and of the service. */
  readonly authorityFile: string;
  /** Of the target, without a slash at its end: `https://api.sallyport:41234`. Only these clients resolve its name. */
  readonly url: string;
  /** Undefined where the test started one itself. */
  readonly upstream: PrivateUpstream | undefined;
  tokenOf(subject: string): string;
  /** Asks the target, or where `url` is absolute any name: all lead to the gateway. Redirects are not followed. */
  fetch(url: string, request?: ClientRequest): Promise<Response>;
  /** Arguments of curl that resolve the target's name and trust the gateway. */
  readonly curl: readonly string[];
  callApi<Answer>(
    subject: string,
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<Answer>;
  /** Entries of the ledger so far, in order, with their contents. */
  entries(...kinds: readonly EntryKind[]): Promise<readonly Entry[]>;
}

/** The target's name. */
export const TARGET = 'api';
/** Clients may call the target by it. */
export const TARGET_HOST: string = `${TARGET}.sallyport`;

const PERMIT_ALL = '@id("all") permit (principal, action, resource);\n';

/** Starts a service and, before it, a gateway that permits everything unless the options say otherwise. */
export async function startHttpEnvironment(
  options: HttpEnvironmentOptions,
): Promise<HttpEnvironment> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-http-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const names = ['sallyport', TARGET_HOST, ...(options.names ?? [])];
  const { certificate, authorityPem } = await makeLoopbackCertificate(names);
  const upstream =
    options.upstream && started.use(await startUpstream(certificate, options.upstream));
  const provider = started.use(await startOidcProvider());
  const configurationDirectory = join(directory, 'configuration');
  await writeConfiguration(configurationDirectory, {
    example: 'allow-all',
    ...{ certificate, authorityPem },
    gateway: describeGateway(provider, options),
    targets: {},
    secrets: { 'api-token': 'token-of-the-gateway', ...options.secrets },
  });
  await writeTarget(configurationDirectory, upstream?.port ?? options.upstreamPort, options);
  for (const [path, text] of Object.entries(options.files ?? {})) {
    await writeFile(join(configurationDirectory, path), text);
  }
  const gateway = await startGateway(configurationDirectory, options.environment);
  started.defer(() => stopInOrder(gateway));
  const { http: address, api } = gateway;
  if (address === undefined) throw new Error('Cannot start the world: there is no HTTP listener');
  if (api !== undefined) provider.allowConsole([`https://localhost:${api.port}`]);
  const agent = openAgent(authorityPem, address);
  started.defer(() => agent.destroy());
  const scheme = options.tls === false ? 'http' : 'https';
  const url = `${scheme}://${TARGET_HOST}:${address.port}`;
  const authorityFile = join(configurationDirectory, 'tls/ca.crt');
  const dataDirectory = join(directory, 'data');
  const cleanUp = started.move();
  return {
    ...{ provider, configurationDirectory, dataDirectory, process: gateway },
    ...{ address, authorityFile, url, upstream },
    tokenOf: (subject) => provider.issueToken(subject),
    fetch: (where, request) => ask(agent, provider, new URL(where, url), request),
    curl: [
      ...['--silent', '--show-error', '--cacert', authorityFile],
      ...['--resolve', `${TARGET_HOST}:${address.port}:127.0.0.1`],
    ],
    callApi: (subject, method, path, body) => {
      if (api === undefined) throw new Error('Cannot call the control plane: it is not served');
      const token = provider.issueToken(subject);
      return callApi({ port: api.port, token, authorityFile }, method, path, body);
    },
    entries: (...kinds) => listEntries(dataDirectory, kinds),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function describeGateway(
  provider: OidcProvider,
  { tls = true, gateway = [] }: HttpEnvironmentOptions,
): readonly Change[] {
  const listenerTls = tls
    ? { mode: 'required', certificate: 'tls/server.crt', key: 'tls/server.key' }
    : { mode: 'disabled' };
  return [
    ...gatewayChanges(provider, { postgres: 0, api: 0 }),
    [['listeners', 'postgres'], undefined],
    [['listeners', 'http'], [{ address: '127.0.0.1:0', tls: listenerTls }]],
    ...gateway,
  ];
}

async function writeTarget(
  directory: string,
  port: number | undefined,
  { upstream, dataMap, policies, target = [] }: HttpEnvironmentOptions,
): Promise<void> {
  if (port === undefined) throw new TypeError('Cannot start the world: there is no service');
  await rm(join(directory, 'targets/postgres.yaml'));
  const file = join(directory, 'targets', `${TARGET}.yaml`);
  await writeFile(file, 'kind: http\n');
  await changeYaml(file, [
    [['address'], `127.0.0.1:${port}`],
    [['tls'], upstream?.speaks === 'plain' ? { mode: 'disable' } : { caFile: 'tls/ca.crt' }],
    [['credential'], { bearer: 'file:secrets/api-token' }],
    ...(dataMap === undefined ? [] : [[['dataMap'], dataMap] as const]),
    ...target,
  ]);
  await writeFile(join(directory, 'policies/allow-all.cedar'), policies ?? PERMIT_ALL);
}

/** Clients for whom every name leads to an address; they trust the authority and nothing else. */
export function openAgent(authorityPem: string, { host }: Pick<ListenAddress, 'host'>): Agent {
  return new Agent({
    connect: {
      ca: authorityPem,
      lookup: (_name, { all }, callback) => {
        if (all === true) callback(null, [{ address: host, family: 4 }]);
        else callback(null, host, 4);
      },
    },
  });
}

function ask(
  dispatcher: Dispatcher,
  provider: OidcProvider,
  url: URL,
  { subject, headers, ...request }: ClientRequest = {},
): Promise<Response> {
  const fields = new Headers(headers);
  if (subject !== undefined) {
    fields.set('authorization', `Bearer ${provider.issueToken(subject)}`);
  }
  return fetch(url, { ...request, headers: fields, dispatcher, redirect: 'manual' });
}

async function listEntries(
  dataDirectory: string,
  kinds: readonly EntryKind[],
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const keys = await openContentKeys(dataDirectory);
  const question = kinds.length === 0 ? {} : { kinds: new Set(kinds) };
  for await (const { entry } of readEntries(join(dataDirectory, 'ledger'), question, keys)) {
    entries.push(entry);
  }
  return entries;
}

/** A gateway that does not drain is a failure of whatever test used it. */
async function stopInOrder(gateway: GatewayProcess): Promise<void> {
  const code = await gateway.stop();
  if (code !== 0) {
    throw new Error(`Cannot stop the gateway: it ended with ${code}\n${gateway.log()}`);
  }
}
