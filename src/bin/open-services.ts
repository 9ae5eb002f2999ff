import { mkdir } from 'node:fs/promises';
import { type Ledger, openLedger } from '../audit/ledger.ts';
import type { LedgerEvent } from '../audit/ledger-options.ts';
import { SignInRefusals } from '../audit/sign-in-refusals.ts';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { DayKeyFiles } from '../encryption/day-key-files.ts';
import { EncryptionError } from '../encryption/encryption-error.ts';
import { openMasterKey } from '../encryption/open-master-key.ts';
import type { ConnectorStore } from '../gateway/connectors/connector-store.ts';
import { Policies } from '../gateway/policies.ts';
import { TokenAuthenticator } from '../identity/authenticate.ts';
import { sealTokens } from '../identity/sealed-sign-ins.ts';
import type { SshAuthorities } from '../identity/ssh/ssh-authorities.ts';
import type { TokenStore } from '../identity/token-store.ts';
import { findUnkeptRecordings } from '../policy/find-unkept-recordings.ts';
import { loadPolicySet, type PolicySet } from '../policy/policy-set.ts';
import { findRecipientProblems } from '../recording/find-recipient-problems.ts';
import type { SessionIndex } from '../recording/session-index.ts';
import { openStore, type Store, type StoreConnection } from '../store/open-store.ts';
import { type OpenSecrets, openSecrets } from '../targets/open-secrets.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import {
  logKeysUnavailable,
  logLedgerHealth,
  logLedgerTailDropped,
  logSecretNotRenewed,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { assertMaskingKey } from './assert-masking-key.ts';
import { followPatients } from './follow-patients.ts';
import { openOwnAuthorities } from './open-own-authorities.ts';
import { readMaskingKey } from './read-masking-key.ts';
import { markBeginning, sealEarlierRows } from './seal-earlier-rows.ts';

/** Environment variables, read once by the main function. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every process of a gateway opens for itself. */
export interface Services extends AsyncDisposable {
  readonly store: Store;
  /** Those of the store that a gateway with our key wrote. */
  readonly tokens: TokenStore;
  readonly sessions: SessionIndex;
  /** Who may begin tunnels, and who has. */
  readonly connectors: ConnectorStore;
  readonly ledger: Ledger;
  readonly refusals: SignInRefusals;
  readonly policies: Policies;
  readonly authenticator: TokenAuthenticator;
  /** Undefined where nobody listens for SSH. */
  readonly sshAuthorities: SshAuthorities | undefined;
  readonly resolveSecret: ResolveSecret;
  /** Where those secrets are from. */
  readonly secrets: OpenSecrets;
  /** 32 bytes, of which the keys of pseudonyms derive. */
  readonly maskingKey: Buffer;
  /** What the contents of the ledger's entries are encrypted with. */
  readonly contentKeys: DayKeyFiles;
  /** What recordings are encrypted with. */
  readonly recordingKeys: DayKeyFiles;
  /** Ids of principals that may do nothing; replaced when the configuration changes. */
  disabled: ReadonlySet<string>;
}

export interface ServicesOptions {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly storeConnection: StoreConnection;
  /** Names this process's ledger log. */
  readonly logName: string;
  readonly log: Log;
}

/** Milliseconds after which a segment is closed that is to be archived. */
const ARCHIVED_SEGMENT_MS = 300_000;

/** Opens store, ledger, policies and identity. */
export async function openServices(options: ServicesOptions): Promise<Services> {
  const { configuration, storeConnection, logName, log } = options;
  const { dataDirectory } = configuration.gateway;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const store = opened.use(
    await openStore({
      connection: storeConnection,
      onConnectionLost: (error) => logUnexpectedError(log, 'store', error),
    }),
  );
  const secrets = opened.use(openOwnSecrets(options));
  await secrets.openVault();
  const resolveSecret = secrets.resolve;
  const maskingKey = await readMaskingKey(configuration, resolveSecret);
  // An embedded store is nobody else's.
  if (storeConnection.kind === 'external') await assertMaskingKey(store.gateways, maskingKey);
  await markBeginning(dataDirectory);
  const { contentKeys, recordingKeys } = await openDayKeys(options, resolveSecret, opened);
  const ledger = opened.use(
    await openLedger({
      dataDirectory,
      logName,
      nowMs: Date.now,
      dayKeys: contentKeys,
      checkpointIntervalMs: configuration.audit.checkpointIntervalMs,
      flushIntervalMs: configuration.audit.flushIntervalMs,
      // Only closed segments are archived.
      ...(configuration.storage.kind === 's3' && { segmentAgeMaxMs: ARCHIVED_SEGMENT_MS }),
      onEvent: (event) => reportLedger(log, event),
    }),
  );
  const sealed = await openSealed({ store, maskingKey, dataDirectory, log });
  const refusals = opened.use(new SignInRefusals({ ledger, log, nowMs: Date.now }));
  const policySet = parsePolicies(configuration);
  const patients = opened.use(
    await followPatients(store.alerts, storeConnection.kind === 'external', log),
  );
  const own = { configuration, store, maskingKey, resolveSecret };
  const sshAuthorities = await openOwnAuthorities(own);
  let disabled: ReadonlySet<string> = new Set(configuration.identity.disabled);
  const authenticator = new TokenAuthenticator(configuration.identity.providers, {
    nowMs: Date.now,
    tokens: sealed.tokens,
    sshAuthority: sshAuthorities?.userAuthority,
    isDisabled: (id) => disabled.has(id),
  });
  const resources = opened.move();
  return {
    store,
    ...sealed,
    ledger,
    refusals,
    policies: new Policies(policySet, patients.counts),
    authenticator,
    sshAuthorities,
    resolveSecret,
    secrets,
    maskingKey,
    contentKeys,
    recordingKeys,
    get disabled() {
      return disabled;
    },
    set disabled(ids) {
      disabled = ids;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** What of the store counts only as a gateway with our key wrote it. */
async function openSealed({
  store,
  maskingKey,
  dataDirectory,
  log,
}: {
  readonly store: Store;
  readonly maskingKey: Buffer;
  readonly dataDirectory: string;
  readonly log: Log;
}): Promise<Pick<Services, 'tokens' | 'sessions' | 'connectors'>> {
  const report = (where: string) => (error: Error) => logUnexpectedError(log, where, error);
  const sessions = store.openSessions(maskingKey, report('sessions'));
  const connectors = store.openConnectors(maskingKey, report('connectors'));
  await sealEarlierRows(dataDirectory, { sessions, connectors }, log);
  return { tokens: sealTokens(store.tokens, maskingKey), sessions, connectors };
}

function openOwnSecrets({ configuration, environment, log }: ServicesOptions): OpenSecrets {
  return openSecrets(configuration, {
    environment,
    onProblem: (secret, { reason }) => logSecretNotRenewed(log, { secret, reason }),
  });
}

/** What contents and recordings are encrypted with, each day with another key. */
async function openDayKeys(
  { configuration, log }: ServicesOptions,
  resolveSecret: ResolveSecret,
  opened: AsyncDisposableStack,
): Promise<Pick<Services, 'contentKeys' | 'recordingKeys'>> {
  const { dataDirectory } = configuration.gateway;
  const masterKey = await openMasterKey(configuration.encryption, {
    dataDirectory,
    resolveSecret,
    mayCreate: true,
  });
  const contentKeys = opened.use(new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey }));
  const recordingKeys = opened.use(
    new DayKeyFiles({ dataDirectory, purpose: 'recordings', masterKey }),
  );
  for (const keys of [contentKeys, recordingKeys]) {
    await keys.keepAhead(Date.now, (error) => reportKeys(log, error));
  }
  return { contentKeys, recordingKeys };
}

/** @throws {ConfigurationError} With everything that is wrong in the policies. */
export function parsePolicies(configuration: Configuration): PolicySet {
  const loading = loadPolicySet(configuration.policies);
  if (loading.kind === 'rejected') throw new ConfigurationError(loading.problems);
  const { rawRecipients } = configuration.recordings;
  const problems = [
    ...findUnkeptRecordings(loading.policySet, rawRecipients),
    ...findRecipientProblems(rawRecipients),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return loading.policySet;
}

/** Messages of our own name services and days only. */
function reportKeys(log: Log, error: Error): void {
  if (error instanceof EncryptionError) logKeysUnavailable(log, error.message);
  else logUnexpectedError(log, 'keys', error);
}

function reportLedger(log: Log, event: LedgerEvent): void {
  switch (event.kind) {
    case 'failed':
      logLedgerHealth(log, 'failing');
      logUnexpectedError(log, 'ledger', event.error);
      break;
    case 'recovered':
      logLedgerHealth(log, 'healthy');
      break;
    case 'checkpoint-failed':
      logUnexpectedError(log, 'checkpoint', event.error);
      break;
    case 'tail-dropped':
      logLedgerTailDropped(log, event.bytes);
      break;
  }
}
