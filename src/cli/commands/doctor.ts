import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { clientConfigurationSchema } from '../../api/client-configuration.ts';
import { healthSchema } from '../../api/health.ts';
import { whoamiSchema } from '../../api/whoami.ts';
import { ConfigurationError } from '../../configuration/configuration-error.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { askGateway } from '../ask-gateway.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { formatCount } from '../format-count.ts';
import { REACH_HINT, requestJson } from '../gateway-request.ts';
import { type KnownGateway, parseGatewayUrl } from '../gateway-settings.ts';
import { findSecretProblems } from '../inspect-secrets.ts';
import { inspectSshAccess } from '../inspect-ssh-access.ts';
import { readPolicies } from '../load-policies.ts';
import { findGateway, ownToken, SignedInGateway } from '../signed-in-gateway.ts';
import type { TargetInspection } from '../target-inspection.ts';
import { escapeLine } from '../terminal-text.ts';
import { checkClock, codeOf, type Finding } from './doctor-finding.ts';
import { checkIssuer } from './doctor-issuer.ts';
import { inspectConfiguredKeys } from './keys.ts';

export interface DoctorOptions extends GatewayOption, JsonOption {
  /** Configuration directory, to look at this machine as a gateway's. */
  readonly config?: string;
}

const NODE_MAJOR_MIN = 24;
/** Days before its end that a certificate is worth a warning. */
const CERTIFICATE_DAYS_MIN = 14;
const DAY_MS = 86_400_000;
const READABLE_BY_OTHERS = 0o077;
/** Day keys of each kind that are tried. */
const DAYS_TRIED = 3;
/** Entries of a data map that are named; the rest is counted. */
const UNMATCHED_SHOWN_MAX = 10;

/** `sallyport doctor`: looks at everything that usually goes wrong. Exits 1 if something has. */
export async function runDoctor(host: CliHost, options: DoctorOptions): Promise<number> {
  const { terminal } = host;
  const findings: Finding[] = [checkNode()];
  if (options.config !== undefined) findings.push(...(await checkMachine(host, options.config)));
  findings.push(...(await checkNamedGateway(host, options)));
  const failed = findings.some(({ state }) => state === 'failed');
  if (options.json === true) terminal.printJson({ ok: !failed, findings });
  else for (const finding of findings) printFinding(host, finding);
  return failed ? EXIT.failure : EXIT.ok;
}

function printFinding({ terminal }: CliHost, { name, state, message, hint }: Finding): void {
  const colour = { ok: 'green', warning: 'yellow', failed: 'red' } as const;
  const mark = terminal.style(colour[state], state.padEnd(8));
  terminal.print(`${mark}${name.padEnd(16)}${escapeLine(message)}`);
  if (hint !== undefined) terminal.print(`${' '.repeat(24)}${escapeLine(hint)}`);
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  const message = `Node.js ${process.versions.node}`;
  if (major >= NODE_MAJOR_MIN) return { name: 'node', state: 'ok', message };
  return {
    name: 'node',
    state: 'failed',
    message,
    hint: 'Start bin/sallyport, which brings its own Node.js.',
  };
}

/** Whether this machine can run the gateway of a configuration. */
async function checkMachine(host: CliHost, directory: string): Promise<readonly Finding[]> {
  const { programs, signal } = host;
  let configuration: Configuration;
  try {
    ({ configuration } = await readPolicies(programs, directory));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [
      {
        name: 'configuration',
        state: 'failed',
        message: formatCount(error.problems.length, 'problem'),
        hint: `sallyport check ${directory}`,
      },
    ];
  }
  const { listeners, gateway, metrics } = configuration;
  const { api, connectors, gateways } = listeners;
  const addresses = [
    ...listeners.postgres.map(({ address }) => ({ name: 'postgres port', ...address })),
    ...listeners.ssh.map(({ address }) => ({ name: 'ssh port', ...address })),
    ...listeners.http.map(({ address }) => ({ name: 'http port', ...address })),
    ...(api === undefined ? [] : [{ name: 'api port', ...api.address }]),
    ...(connectors === undefined ? [] : [{ name: 'connectors port', ...connectors.address }]),
    ...(gateways === undefined ? [] : [{ name: 'gateways port', ...gateways.address }]),
    ...(metrics === undefined ? [] : [{ name: 'metrics port', ...metrics.address }]),
  ];
  return [
    { name: 'configuration', state: 'ok', message: `version ${configuration.hash.slice(0, 12)}` },
    await checkDataDirectory(gateway.dataDirectory),
    ...(await checkSecrets(host, configuration)),
    await checkKeys(host, configuration),
    ...(await Promise.all(addresses.map(checkPort))),
    ...(await Promise.all(configuration.identity.providers.map(checkIssuer))),
    ...(await programs.inspectTargets(configuration, signal)).map(judgeTarget),
  ];
}

const INSPECTION_HINTS: Readonly<Record<TargetInspection['kind'], string>> = {
  database: 'See address, tls and credential in its file; the database has to let the gateway in.',
  host: 'See address, hostKeys, account and credential in its file; the host has to let the gateway in.',
  site: 'See address and tls in its file.',
};

/** Whether a target can be logged in to, and whether its data map speaks of what is there. */
function judgeTarget(inspection: TargetInspection): Finding {
  const name = `target ${inspection.name}`;
  if (inspection.failure !== undefined) {
    const hint = INSPECTION_HINTS[inspection.kind];
    return { name, state: 'failed', message: inspection.failure, hint };
  }
  if (inspection.kind === 'site') {
    return { name, state: 'ok', message: `takes connections of ${inspection.speaks}` };
  }
  if (inspection.kind === 'host') {
    return { name, state: 'ok', message: `${inspection.software} lets the gateway in` };
  }
  const { relations, classified, unmatched } = inspection;
  const message = `${formatCount(relations, 'relation')}, ${classified} with classified columns`;
  if (unmatched.length === 0) return { name, state: 'ok', message };
  const shown = unmatched.slice(0, UNMATCHED_SHOWN_MAX).join('; ');
  const more = unmatched.length - UNMATCHED_SHOWN_MAX;
  return {
    name,
    state: 'warning',
    message: `${message}; entries of its data map that match nothing: ${unmatched.length}`,
    hint: `Mistyped, or gone: ${shown}${more > 0 ? `; and ${more} more` : ''}`,
  };
}

async function checkDataDirectory(directory: string): Promise<Finding> {
  const name = 'data directory';
  try {
    const { mode } = await stat(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if ((mode & READABLE_BY_OTHERS) === 0) return { name, state: 'ok', message: directory };
    return {
      name,
      state: 'warning',
      message: `${directory} is open to other users`,
      hint: `chmod 700 ${directory}`,
    };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return checkFutureDirectory(name, directory);
    return {
      name,
      state: 'failed',
      message: `${directory}: ${codeOf(error)}`,
      hint: 'The account that runs the gateway must own it.',
    };
  }
}

/** Whether a directory that is not there can be made, in the nearest one that is. */
async function checkFutureDirectory(name: string, directory: string): Promise<Finding> {
  let parent = dirname(directory);
  while (!existsSync(parent)) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return { name, state: 'ok', message: `${directory} will be created` };
  } catch (error) {
    return {
      name,
      state: 'failed',
      message: `${directory} cannot be created: ${codeOf(error)}`,
      hint: `Create it, and give it to the account that runs the gateway: ${parent} is not that account's.`,
    };
  }
}

async function checkSecrets(
  { environment }: CliHost,
  configuration: Configuration,
): Promise<readonly Finding[]> {
  const name = 'secrets';
  const { secretReferences } = configuration;
  if (secretReferences.length === 0) return [];
  const problems = await findSecretProblems(configuration, environment);
  if (problems.length === 0) {
    return [{ name, state: 'ok', message: `${secretReferences.length} references can be had` }];
  }
  const hint = 'Ask as the gateway does: as its user, and with its environment.';
  return problems.map((message) => ({ name, state: 'failed', message, hint }));
}

/** Whether what is kept can be encrypted, and read. */
async function checkKeys(host: CliHost, configuration: Configuration): Promise<Finding> {
  const name = 'keys';
  const { encryption, gateway, directory } = configuration;
  if (encryption.masterKey.kind === 'own' && !existsSync(gateway.dataDirectory)) {
    return { name, state: 'ok', message: 'a master key will be made' };
  }
  let problem: string | undefined;
  try {
    const inspected = await inspectConfiguredKeys(host, directory, DAYS_TRIED);
    [problem] = inspected.problems;
    if (problem === undefined) {
      const message = `${inspected.masterKey}; ${inspected.opened} day keys opened`;
      return { name, state: 'ok', message };
    }
  } catch (error) {
    // They are another account's, as the data directory is then.
    problem = `keys cannot be read: ${codeOf(error)}`;
  }
  return {
    name,
    state: 'failed',
    message: problem,
    hint: `sallyport keys check --config ${directory}`,
  };
}

function checkPort(address: {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}): Promise<Finding> {
  const { name, host, port } = address;
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const server = createServer();
  const message = `${host}:${port}`;
  server.once('error', (error) => {
    const code = codeOf(error);
    const busy = code === 'EADDRINUSE';
    resolve({
      name,
      state: busy ? 'warning' : 'failed',
      message: `${message}: ${code}`,
      hint: busy
        ? 'Something listens there: the gateway itself, or another program in its place.'
        : 'Ports below 1024 need a privilege; the address must be one of this machine.',
    });
  });
  server.listen({ host, port }, () => {
    server.close(() => resolve({ name, state: 'ok', message: `${message} is free` }));
  });
  return promise;
}

/**
 * The gateway that other commands would ask. One that is named is asked though nobody has signed in to it: why
 * nobody can may be the question. On a gateway's own machine there need not be one.
 */
async function checkNamedGateway(
  host: CliHost,
  { gateway, config }: DoctorOptions,
): Promise<readonly Finding[]> {
  try {
    return await checkGateway(host, await findGateway(host, gateway));
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode === EXIT.usage) throw error;
    if (error.exitCode !== EXIT.notSignedIn) return [failedBy('gateway', error)];
  }
  const named = gateway ?? host.environment['SALLYPORT_GATEWAY'];
  if (named !== undefined) return checkStranger(host, parseGatewayUrl(named));
  const hint =
    'sallyport login --gateway https://host:port, or doctor --config DIRECTORY on a gateway';
  const message = 'no gateway is known from here';
  return config === undefined ? [{ name: 'gateway', state: 'warning', message, hint }] : [];
}

/** A gateway that nobody has signed in to from here. */
async function checkStranger(host: CliHost, url: string): Promise<readonly Finding[]> {
  try {
    const findings = await checkGateway(host, await askGateway({ url, signal: host.signal }));
    const message = `nobody has signed in to ${url} from here`;
    const hint = `sallyport login --gateway ${url}`;
    return [...findings, { name: 'sign-in', state: 'warning', message, hint }];
  } catch (error) {
    return [failedBy('gateway', error)];
  }
}

async function checkGateway(host: CliHost, known: KnownGateway): Promise<readonly Finding[]> {
  const { signal, nowMs } = host;
  const { url, ca } = known;
  try {
    const health = healthSchema.parse(await requestJson({ url, path: '/healthz', ca, signal }));
    const findings = [
      { name: 'gateway', state: 'ok', message: `${url} answers` } as const,
      checkClock('clock', Date.parse(health.time), nowMs()),
      await checkCertificate(url, ca, nowMs()),
    ];
    const path = '/v1/client-configuration';
    const answer = await requestJson({ url, path, ca, signal });
    const { signIn, ssh } = clientConfigurationSchema.parse(answer);
    return [
      ...findings,
      await checkReadiness(url, ca, signal),
      ...(signIn === undefined ? [] : [await checkIssuer({ issuer: signIn.issuer })]),
      ...(await checkToken(host, known)),
      ...(ssh === undefined ? [] : [await checkSsh(host, known)]),
    ];
  } catch (error) {
    return [failedBy('gateway', error)];
  }
}

function failedBy(name: string, error: unknown): Finding {
  const { hint: advice } = error instanceof CliError ? error : { hint: undefined };
  const hint = advice?.startsWith(REACH_HINT) === true ? `${REACH_HINT}.` : advice;
  const message = error instanceof Error ? error.message : 'no answer';
  return { name, state: 'failed', message, ...(hint !== undefined && { hint }) };
}

/** Whether the token that a job brings is taken: all commands present it, whoever signed in. */
async function checkToken(host: CliHost, known: KnownGateway): Promise<readonly Finding[]> {
  const name = 'token';
  if (ownToken(host.environment) === undefined) return [];
  try {
    const who = await new SignedInGateway(host, known).get(whoamiSchema, { path: '/v1/whoami' });
    return [{ name, state: 'ok', message: `SALLYPORT_TOKEN is that of ${who.name}` }];
  } catch (error) {
    const isRefused = error instanceof CliError && error.exitCode === EXIT.notSignedIn;
    if (!isRefused) return [failedBy(name, error)];
    const message = `SALLYPORT_TOKEN is set, and ${known.url} does not accept it`;
    const hint =
      'Give the job a new token, or unset SALLYPORT_TOKEN: while it is set, no sign-in is used.';
    return [{ name, state: 'failed', message, hint }];
  }
}

/** Whether plain `ssh` gets through. Nobody has to want that: at worst it is a warning. */
async function checkSsh(host: CliHost, known: KnownGateway): Promise<Finding> {
  const name = 'ssh';
  const found = await inspectSshAccess(host, known);
  switch (found.kind) {
    case 'ready': {
      const until = new Date(found.expiresAtMs).toISOString();
      return { name, state: 'ok', message: `a certificate until ${until}` };
    }
    case 'no-certificate': {
      const message = 'no certificate is here';
      return { name, state: 'warning', message, hint: 'sallyport login' };
    }
    case 'expired': {
      const message = 'the certificate is over';
      return { name, state: 'warning', message, hint: 'sallyport ssh-config renews it' };
    }
    case 'not-included': {
      const message = '~/.ssh/config does not take in what sign-in wrote';
      return { name, state: 'warning', message, hint: 'sallyport ssh-config --add' };
    }
  }
}

async function checkReadiness(
  url: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    await requestJson({ url, path: '/readyz', ca, signal });
    return { name: 'readiness', state: 'ok', message: 'sessions can start' };
  } catch {
    return {
      name: 'readiness',
      state: 'failed',
      message: 'the gateway takes no sessions: its store or its ledger fails',
      hint: "Look at the gateway's log for store.lost and ledger.health.",
    };
  }
}

function checkCertificate(url: string, ca: string | undefined, nowMs: number): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const { hostname, port } = new URL(url);
  const name = 'certificate';
  const host = hostname.replaceAll(/[[\]]/g, '');
  const socket = connectTls({ host, port: Number(port || 443), ...(ca !== undefined && { ca }) });
  socket.setTimeout(10_000, () => socket.destroy(new Error('timeout')));
  socket.once('error', (error) => resolve({ name, state: 'failed', message: codeOf(error) }));
  socket.once('secureConnect', () => {
    const until = socket.getPeerCertificate().valid_to;
    socket.destroy();
    const days = Math.floor((Date.parse(until) - nowMs) / DAY_MS);
    const message = `valid for ${days} more days`;
    if (days >= CERTIFICATE_DAYS_MIN) return resolve({ name, state: 'ok', message });
    return resolve({ name, state: 'warning', message, hint: 'Renew it, or clients turn away.' });
  });
  return promise;
}
