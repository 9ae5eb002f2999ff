import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { loadHospital } from '../../demo/load-hospital.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { writeConfiguration } from '../../demo/write-configuration.ts';
import type { AccessRequest, OperationRequest } from '../../src/access/access-request.ts';
import { applyReview } from '../../src/access/apply-review.ts';
import type { Review } from '../../src/access/review.ts';
import type { Entry } from '../../src/audit/decode-entry.ts';
import type { EntryKind } from '../../src/audit/ledger-port.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { type GatewayProcess, startGatewayProcess } from '../../src/bin/gateway-process.ts';
import { openContentKeys } from '../../src/cli/open-content-keys.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { openLog } from '../../src/telemetry/log.ts';
import type { Side } from './environment.ts';
import { makeLoopbackCertificate } from './loopback-certificate.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** A gateway in this process, before a hospital, whose policies leave some statements to people. */
export interface ReviewedGateway extends AsyncDisposable {
  readonly server: PrivatePostgres;
  readonly process: GatewayProcess;
  readonly configurationDirectory: string;
  /** The way in for a person, or with another name a workload. */
  as(subject: string): Side;
  /** Waits for a request in that state, with that in its text, that was not returned before; the oldest first. */
  next(state?: OperationRequest['state'], text?: string): Promise<OperationRequest>;
  /** Petra reviews a request, as the control plane would let her. */
  review(
    id: string,
    verdict: Review['verdict'],
    comment?: string,
  ): Promise<AccessRequest | undefined>;
  /** What became of a request. */
  find(id: string): Promise<AccessRequest | undefined>;
  /** Entries of the ledger so far, of these kinds. */
  entries(...kinds: readonly EntryKind[]): Promise<readonly Entry[]>;
}

/** What differs from the defaults of {@link startReviewedGateway}. */
export interface ReviewedGatewayOptions {
  /** Cedar; added to a permit for everything. */
  readonly policies: string;
  /** Of the target's data map: classes by column. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly connectionsMax?: number;
  readonly waitingPerPrincipalMax?: number;
}

const DATABASE = 'hospital';
const STORE = 'sallyport';
/** Looks for a request before a test fails, and the milliseconds between them. */
const LOOKS_MAX = 1_000;
const LOOK_INTERVAL_MS = 10;

/** Starts server, identity provider and gateway. The store lies on the same server. */
export async function startReviewedGateway(
  options: ReviewedGatewayOptions,
): Promise<ReviewedGateway> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-reviews-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const server = started.use(await startServer());
  const provider = started.use(await startOidcProvider());
  const configurationDirectory = join(directory, 'configuration');
  await writeReviewed(configurationDirectory, { server, provider, options });

  const configuration = await loadConfiguration(configurationDirectory);
  await mkdir(configuration.gateway.dataDirectory, { recursive: true, mode: 0o700 });
  const process = started.use(
    await startGatewayProcess({
      configuration,
      environment: {},
      storeConnection: {
        kind: 'external',
        connectionString: `postgres://${server.superuser}@${server.host}:${server.port}/${STORE}`,
      },
      processName: '0',
      isServing: true,
      passedSockets: {},
      log: openLog({ write: () => undefined }),
      passCancelOn: undefined,
    }),
  );
  const { requests } = process.access.stores;
  const seen = new Set<string>();
  const cleanUp = started.move();
  return {
    server,
    process,
    configurationDirectory,
    as: (subject) => ({
      name: 'gateway',
      host: 'localhost',
      port: process.dataPlane.listeners[0]?.port ?? 0,
      user: subject,
      password: provider.issueToken(subject),
      database: DATABASE,
      authorityFile: join(configurationDirectory, 'tls/ca.crt'),
    }),
    async next(state = 'pending', text = '') {
      for (let looks = 0; looks < LOOKS_MAX; looks++) {
        const { items } = await requests.list({ states: [state], limit: 100 });
        const found = items.findLast(
          (item) =>
            item.kind === 'operation' &&
            item.operation.text.includes(text) &&
            !seen.has(`${item.id} ${item.state}`),
        );
        if (found?.kind === 'operation') {
          seen.add(`${found.id} ${found.state}`);
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
      }
      throw new Error(`Cannot find a request: none is ${state}`);
    },
    find: (id) => requests.find(id),
    entries: (...kinds) => listEntries(join(configuration.gateway.dataDirectory, 'ledger'), kinds),
    review: (id, verdict, comment = '') =>
      requests.change(id, async (request) => ({
        request: applyReview(request, makeReview(verdict, comment)),
      })),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function listEntries(ledger: string, kinds: readonly EntryKind[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  const keys = await openContentKeys(dirname(ledger));
  for await (const { entry } of readEntries(ledger, { kinds: new Set(kinds) }, keys)) {
    entries.push(entry);
  }
  return entries;
}

/** A server with a small hospital and an empty store. */
async function startServer(): Promise<PrivatePostgres> {
  await using started = new AsyncDisposableStack();
  const server = started.use(
    await startPrivatePostgres({ version: 'debian', settings: { max_connections: '1200' } }),
  );
  await server.execute(`CREATE DATABASE ${DATABASE}`);
  await server.execute(`CREATE DATABASE ${STORE}`);
  const socketPath = join(server.socketDirectory, `.s.PGSQL.${server.port}`);
  const database = { socketPath, user: server.superuser, database: DATABASE };
  await loadHospital(database, { patients: 50 });
  started.move();
  return server;
}

function makeReview(verdict: Review['verdict'], comment: string): Review {
  return {
    id: `rev_${crypto.randomUUID()}`,
    reviewer: {
      id: 'clinic:petra',
      person: undefined,
      name: 'Petra',
      groups: ['privacy-officers'],
    },
    verdict,
    comment,
    atMs: Date.now(),
    onBehalfOf: undefined,
  };
}

interface ReviewedParts {
  readonly server: PrivatePostgres;
  readonly provider: OidcProvider;
  readonly options: ReviewedGatewayOptions;
}

async function writeReviewed(
  directory: string,
  { server, provider, options }: ReviewedParts,
): Promise<void> {
  const { connectionsMax = 200, waitingPerPrincipalMax = 50, policies, columns } = options;
  await writeConfiguration(directory, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate()),
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      [['listeners', 'postgres', 0, 'target'], 'postgres'],
      [['reviews'], { waitingPerPrincipalMax, consoleUrl: 'https://console.example' }],
      [['limits', 'connectionsMax'], connectionsMax],
      [['limits', 'connectionsPerPrincipalMax'], connectionsMax],
    ],
    targets: {
      postgres: [
        [['address'], `${server.host}:${server.port}`],
        [['database'], DATABASE],
        [['credential'], { user: server.superuser }],
        ...(columns === undefined ? [] : [[['dataMap'], { columns }] as const]),
      ],
    },
  });
  await writeFile(join(directory, 'policies/reviews.cedar'), policies);
}
