import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ClientConfiguration } from '../../src/api/client-configuration.ts';
import type { Explanation } from '../../src/api/explanation.ts';
import type { Disclosure } from '../../src/audit/find-disclosures.ts';
import type { EntryFields, LedgerPort } from '../../src/audit/ledger-port.ts';
import type { StoredEntry } from '../../src/audit/read-entries.ts';
import { CallLimits } from '../../src/control-plane/limits/call-limits.ts';
import type {
  AuthorizationQuestion,
  ControlPlaneServices,
  DisclosureQuestion,
  DisclosureSearch,
  ExplainQuestion,
} from '../../src/control-plane/services.ts';
import type { AuthenticationResult } from '../../src/identity/authenticator.ts';
import { BrowserSignIns } from '../../src/identity/browser-sign-ins.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { hashToken } from '../../src/identity/sallyport-token.ts';
import { SshAuthorities } from '../../src/identity/ssh/ssh-authorities.ts';
import type { TokenRecord, TokenStore } from '../../src/identity/token-store.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { loadPolicySet } from '../../src/policy/policy-set.ts';
import type { RecordedEvent } from '../../src/recording/recorded-event.ts';
import type { SessionIndex, SessionRecord } from '../../src/recording/session-index.ts';
import type { Target } from '../../src/targets/target.ts';
import { SILENT_LOG } from '../../src/telemetry/log.ts';
import { FakeAccess } from './fake-access.ts';
import { MemoryAlerts } from './memory-alerts.ts';
import { MemoryHolds } from './memory-holds.ts';
import { MemoryIdempotencyStore, MemorySignInStore } from './memory-stores.ts';

/** The instant at which all of it happens. Milliseconds since the Unix epoch. */
export const T0: number = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Services for tests: everything in memory, and what was asked of them open to look at. */
export interface FakeServices extends ControlPlaneServices {
  readonly entries: EntryFields[];
  readonly questions: AuthorizationQuestion[];
  /** Set to make the next entries fail. */
  ledgerWorks: boolean;
  readonly access: FakeAccess;
  allow: (question: AuthorizationQuestion) => boolean;
}

const SSH_AUTHORITIES = new SshAuthorities({
  userAuthority: generateKeyPairSync('ed25519').privateKey,
  hostAuthority: generateKeyPairSync('ed25519').privateKey,
  host: generateKeyPairSync('ed25519').privateKey,
  nowMs: () => T0,
});

const REPORT_FILE = {
  name: 'report.html',
  mediaType: 'text/html',
  bytes: Buffer.from('<!doctype html>'),
} as const;

const NO_CHANNELS: Pick<ControlPlaneServices, 'slackChannels' | 'findRequest' | 'findPerson'> = {
  slackChannels: () => [],
  findRequest: async () => undefined,
  findPerson: async () => undefined,
};

/** One process of a gateway, and no connectors. */
const OTHERS: Pick<ControlPlaneServices, 'connectors' | 'processes'> = {
  processes: {
    list: async () => [
      {
        ...{ log: 'gw.0', gateway: 'gw', version: '1.2.3', sessions: 2 },
        ...{ startedAtMs: T0, beatAtMs: T0, drainingAtMs: undefined, isSilent: false },
      },
    ],
  },
  connectors: {
    authorityPem: '',
    store: {
      add: async () => true,
      list: async () => [],
      find: async () => undefined,
      remove: async () => false,
      listTunnels: async () => [],
    },
  },
};

/** No targets that browsers reach. */
const NO_SITES: Pick<ControlPlaneServices, 'siteSignIns' | 'findSite' | 'siteUrl' | 'callerKeys'> =
  {
    siteSignIns: undefined,
    findSite: () => undefined,
    siteUrl: () => undefined,
    callerKeys: () => ({ keys: [] }),
  };

const ALLOWED: Decision = { kind: 'allow', policyIds: ['test'], obligations: [] };
const DENIED: Decision = { kind: 'deny', policyId: undefined, reason: 'no policy permits it' };

function openEvidence(): Pick<ControlPlaneServices, 'alerts' | 'reports' | 'retention'> {
  const output = { isWhole: true, files: [REPORT_FILE] };
  return {
    alerts: new MemoryAlerts(),
    reports: { make: async () => ({ kind: 'done', output }) },
    retention: new MemoryHolds(),
  };
}

type TokenServices = Pick<
  ControlPlaneServices,
  | 'tokens'
  | 'tokenLifetimeSecondsMax'
  | 'sshAuthorities'
  | 'sshCertificateLifetimeMs'
  | 'forgetCachedTokens'
>;

function openTokens(): TokenServices {
  return {
    tokens: new MemoryTokenStore(),
    tokenLifetimeSecondsMax: 3_600,
    sshAuthorities: SSH_AUTHORITIES,
    sshCertificateLifetimeMs: () => 8 * 3_600_000,
    forgetCachedTokens: () => undefined,
  };
}

function openSignIns(): BrowserSignIns {
  return new BrowserSignIns({
    store: new MemorySignInStore(),
    nowMs: () => T0,
    limits: () => ({ lifetimeMs: 28_800_000, idleMs: 1_800_000 }),
    isDisabled: () => false,
    isTrusted: (provider) => provider === 'idp',
  });
}

/** What every session showed. */
const RECORDED: Pick<ControlPlaneServices, 'follow' | 'playback' | 'rawTrack'> = {
  follow: playTwoRows,
  playback: playTwoRows,
  rawTrack: async () => Readable.from([Buffer.from('sealed')]),
};

/** Tokens `alice-token`, `officer-token`, … sign in as the principal they name. */
export function createFakeServices(
  overrides: Partial<ControlPlaneServices & { readonly access: FakeAccess }> = {},
): FakeServices {
  const entries: EntryFields[] = [];
  const questions: AuthorizationQuestion[] = [];
  const fake: FakeServices = {
    entries,
    questions,
    ledgerWorks: true,
    allow: () => true,
    authenticator: { authenticate: authenticateByName },
    authorize: (question) => {
      questions.push(question);
      return fake.allow(question) ? ALLOWED : DENIED;
    },
    signIns: openSignIns(),
    ...NO_SITES,
    ...OTHERS,
    signInProviders: () => [],
    console: undefined,
    consoleOrigin: () => undefined,
    limits: new CallLimits({ addressPerSecondMax: () => 0, nowMs: () => T0 }),
    idempotency: new MemoryIdempotencyStore(),
    access: new FakeAccess(),
    ...NO_CHANNELS,
    revealedClasses: () => ({ names: new Set(), areAll: false }),
    isDisabled: () => false,
    askGuests: () => Promise.resolve({ kind: 'gone' }),
    clientConfiguration: () => CLIENT_CONFIGURATION,
    targets: () => [createTarget('hospital'), createTarget('payroll')],
    ...openTokens(),
    sessions: createSessions([
      createSession('s-alice', 'alice'),
      createSession('s-bob', 'bob'),
      createSession('s-unrecorded', 'bob', false),
    ]),
    sessionEntries: listNoEntries,
    searchStatements: async () =>
      new Map([['s-bob', [{ at: new Date(T0).toISOString(), text: 'x' }]]]),
    ...LOOKED_AT,
    countToday: async () => COUNTS_TODAY,
    exporter: createExporter(),
    ...openEvidence(),
    ...RECORDED,
    explain: async (question) => allowAsked(question),
    findDisclosures: async (question) => findOneDisclosure(question),
    ledger: {
      get health(): LedgerPort['health'] {
        return fake.ledgerWorks ? 'healthy' : 'failing';
      },
      append: (entry, _mode, done) => {
        if (!fake.ledgerWorks) return queueMicrotask(() => done(new Error('disk is full')));
        entries.push(entry);
        queueMicrotask(() => done(undefined));
      },
    },
    refusals: {
      note: (refusal) => {
        if (fake.ledgerWorks) entries.push({ kind: 'sign-in.refuse', ...refusal });
      },
    },
    isReady: async () => true,
    nowMs: () => T0,
    version: '1.2.3',
    log: SILENT_LOG,
    ...overrides,
  };
  return fake;
}

function allowAsked(question: ExplainQuestion): Explanation {
  const decision = { kind: 'allow', policies: ['test'] } as const;
  const { target } = question;
  if ('request' in question) {
    const { method, url } = question.request;
    const operation = { action: 'http.get', decision, facts: { path: url } };
    return {
      ...{ target, database: '', searchPath: [], outcome: 'run', sent: `${method} ${url}` },
      statements: [{ text: `${method} ${url}`, decision, operations: [operation] }],
      answer: {
        ...{ mediaType: 'application/json', seen: 'masked', format: 'json', hidden: ['ssn'] },
        fields: [{ path: 'ssn', className: 'ssn', seen: 'masked' }],
      },
    };
  }
  const { database = target, sql } = question;
  const facts = { command: 'SELECT', bulk: true };
  return {
    target,
    database,
    searchPath: ['public'],
    outcome: 'run',
    statements: [{ text: sql, decision, operations: [{ action: 'sql.select', decision, facts }] }],
    sent: sql,
  };
}

/** A person of the provider `idp`, signed in for ten more minutes. */
export function createPrincipal(name: string): Principal {
  return {
    id: `idp:${name}`,
    issuer: 'idp',
    subject: name,
    kind: 'person',
    displayName: `${name}@example.test`,
    groups: ['staff'],
    signIn: 'oidc-token',
    expiresAtMs: T0 + 600_000,
  };
}

function createTarget(name: string): Target {
  return {
    kind: 'postgres',
    name,
    description: `The ${name} database`,
    host: 'secret-host.internal',
    port: 5432,
    connectors: [],
    database: name,
    databases: [],
    tls: { mode: 'verify-full' },
    credential: { kind: 'user', user: 'secret-user', password: 'env:SECRET' },
    labels: { environment: 'test' },
    seal: 'sealed',
    recording: { enabled: true, bytesMax: 1_000 },
    sealParameters: true,
    functionsAllowed: [],
    idleTimeoutMs: 0,
    onReview: { people: 'wait', workloads: 'fail' },
  };
}

function createSession(id: string, owner: string, recorded = true): SessionRecord {
  return {
    id,
    gateway: 'g1',
    principalId: `idp:${owner}`,
    principalName: `${owner}@example.test`,
    target: 'hospital',
    database: 'hospital',
    account: '',
    clientAddress: '127.0.0.1:50000',
    applicationName: 'psql',
    startedAtMs: T0,
    ...(recorded && { recordingPath: `${id}.rec` }),
  };
}

function createSessions(sessions: readonly SessionRecord[]): SessionIndex {
  return {
    start: async () => undefined,
    end: async () => undefined,
    endAbandoned: async () => 0,
    listChanged: async () => sessions,
    requestStop: async (wanted) =>
      sessions.some(({ id, end }) => id === wanted && end === undefined),
    listStopRequests: async () => [],
    find: async (wanted) => sessions.find(({ id }) => id === wanted),
    list: async ({ principalId }) => ({
      sessions: sessions.filter(
        (session) => principalId === undefined || session.principalId === principalId,
      ),
    }),
  };
}

async function authenticateByName(token: string): Promise<AuthenticationResult> {
  const name = /^(\w+)-token$/.exec(token)?.[1];
  return name === undefined
    ? { kind: 'rejected', reason: 'bad-signature' }
    : { kind: 'authenticated', principal: createPrincipal(name) };
}

const CLIENT_CONFIGURATION: ClientConfiguration = {
  version: 1,
  signIn: { issuer: 'https://idp.test', clientId: 'sallyport', scopes: ['openid'] },
  browserSignIns: [],
  postgres: { host: 'gateway.test', port: 5432 },
  tls: {},
};

/** Ledger, policies and targets as the control plane is given them. */
const LOOKED_AT: Pick<
  ControlPlaneServices,
  | 'ledgerFiles'
  | 'listKnownLogs'
  | 'configurations'
  | 'policyFiles'
  | 'policySet'
  | 'policyDrafts'
  | 'checkTarget'
  | 'discover'
  | 'changeDataMap'
> = {
  listKnownLogs: async () => ['elsewhere.0', 'gw.0'],
  configurations: {
    find: async () => ({ version: 0, files: [] }),
    apply: async () => ({ kind: 'conflict', version: 1 }),
  },
  ledgerFiles: {
    listLogs: async () => [
      { name: 'g1', publicKey: 'g1+00000000+AA==', checkpoint: undefined },
      { name: 'gw.0', publicKey: 'gw.0+00000000+AA==', checkpoint: undefined },
    ],
    listCheckpoints: async () => [],
    listEntries: async (log) =>
      log === 'gw.0' ? { entries: [], nextBeforeSeq: undefined } : undefined,
    prove: async () => undefined,
    readContent: async () => undefined,
  },
  policyFiles: () => [{ path: 'policies/a.cedar', text: PERMIT_ALL }],
  policySet: () => {
    const loading = loadPolicySet([{ path: 'policies/a.cedar', text: PERMIT_ALL }]);
    if (loading.kind === 'rejected') throw new Error('Cannot load the policies of tests');
    return loading.policySet;
  },
  policyDrafts: {
    check: async () => ({ kind: 'done', output: { problems: [], version: 'ab'.repeat(32) } }),
    test: async () => ({ kind: 'done', output: { problems: [], results: [], untested: [] } }),
    replay: async (_files, { last }) => ({
      kind: 'done',
      output: { replayed: last, skipped: 0, unchanged: last, changes: [] },
    }),
  },
  checkTarget: async () => ({
    state: 'unreachable',
    checkedAt: new Date(T0).toISOString(),
    problem: 'Cannot connect to the target: secret-host.internal',
  }),
  discover: async () => ({ columns: [], undecided: [], patientKeys: [], unsampled: [] }),
  changeDataMap: async (target, { columns }, { enter }) => {
    await enter('changed', { file: `targets/${target}.yaml`, sha256: 'ab'.repeat(32) });
    const change = {
      file: `targets/${target}.yaml`,
      columnsAdded: columns.length,
      patientKeysAdded: 0,
      configurationSha256: 'cd'.repeat(32),
    };
    return { kind: 'changed', change };
  },
};

const PERMIT_ALL = '@id("all") permit (principal, action, resource);';

const COUNTS_TODAY = {
  since: new Date(T0).toISOString(),
  sessions: 1,
  operations: 2,
  refusals: 3,
  maskedValues: 4,
};

async function* listNoEntries(): AsyncGenerator<StoredEntry> {}

async function* playTwoRows(): AsyncGenerator<RecordedEvent> {
  yield { kind: 'statement', atMs: 0, text: 'select name from patients' };
  yield { kind: 'columns', atMs: 1, names: ['name'] };
  yield { kind: 'row', atMs: 1, values: ['Ada'] };
  yield { kind: 'row', atMs: 2, values: [null] };
  yield { kind: 'done', atMs: 2, tag: 'SELECT 2' };
}

class MemoryTokenStore implements TokenStore {
  readonly #records = new Map<string, TokenRecord>();

  async insert(record: TokenRecord): Promise<void> {
    this.#records.set(record.hash.toString('hex'), record);
  }

  async find(hash: Buffer): Promise<TokenRecord | undefined> {
    return this.#records.get(hash.toString('hex'));
  }

  async revoke(id: string, revokedAtMs: number): Promise<boolean> {
    for (const [key, record] of this.#records) {
      if (record.id === id) this.#records.set(key, { revokedAtMs, ...record });
    }
    return true;
  }

  async list(principalId: string): Promise<readonly TokenRecord[]> {
    return [...this.#records.values()].filter(({ principal }) => principal.id === principalId);
  }
}

/** What a store says of a token's text, for tests. */
export function findToken(
  { tokens }: ControlPlaneServices,
  token: string,
): Promise<TokenRecord | undefined> {
  return tokens.find(hashToken(token));
}

/** Alice saw patient 4711 of the hospital. */
function findOneDisclosure({ target, patient }: DisclosureQuestion): DisclosureSearch | undefined {
  if (target !== 'hospital') return undefined;
  async function* find(): AsyncGenerator<Disclosure> {
    if (patient !== '4711') return;
    yield {
      ...{ at: new Date(T0).toISOString(), logName: 'gw', seq: 7, session: 's-alice' },
      ...{ principalId: 'idp:alice', principalName: 'alice', statementSha256: 'ab'.repeat(32) },
      ...{ match: 'yes', doubts: [], rows: 3, raw: ['name'], masked: ['ssn'], found: [] },
    };
  }
  return { patientHash: `hash of ${patient}`, disclosures: find() };
}

/** One sink that takes everything. */
function createExporter(): ControlPlaneServices['exporter'] {
  const logs = [{ log: 'gw.0', next: 7 }];
  return {
    statuses: [
      {
        name: 'hospital',
        kind: 'syslog',
        state: 'working',
        problem: undefined,
        failingSinceMs: undefined,
        delivered: 7,
        refused: 0,
        missing: 0,
        lagMs: 12.4,
        logs,
      },
    ],
    replay: async () => logs,
  };
}
