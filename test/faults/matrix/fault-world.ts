import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Change } from '../../../demo/write-configuration.ts';
import { type RunningS3, S3_CREDENTIALS, startS3 } from '../../archive/start-s3.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../e2e/private-postgres.ts';
import { type GatewayStack, startGatewayStack } from '../gateway-stack.ts';
import { EXECUTED_TABLE } from '../numbered-statements.ts';
import { openWallClock } from '../wall-clock.ts';
import { FaultyLink } from './faulty-link.ts';
import { WebhookSink } from './webhook-sink.ts';
import { startWitness } from './witness-process.ts';

/** What no client of the principal `masked` may ever be sent. */
export const CANARY = '219-09-9999';
/** Bytes of the file system that the ledger is on. */
export const LEDGER_BYTES: number = 512 * 2 ** 20;

const DISK_SOURCE = path.join(import.meta.dirname, '..', 'ledger-disk.c');
const POLICIES = `
@id("hide") forbid (principal, action == Action::"reveal", resource) when { principal.subject == "masked" };
`;
const DATA_MAP = {
  columns: {
    'public.executed.*': 'none',
    'public.patients.id': 'none',
    'public.patients.ssn': 'ssn',
  },
};

const run = promisify(execFile);

/** A gateway with all that it depends on, each of which can be made to fail. */
export interface FaultWorld extends AsyncDisposable {
  readonly target: PrivatePostgres;
  readonly stack: GatewayStack;
  readonly links: {
    readonly store: FaultyLink;
    readonly witness: FaultyLink;
    readonly sink: FaultyLink;
  };
  readonly sink: WebhookSink;
  readonly s3: RunningS3;
  readonly witnessKey: string;
  readonly ledgerDirectory: string;
  /** Files that make the disk fail while they are there and hold an errno. */
  readonly flags: { readonly sync: string; readonly write: string };
  /** Moves the gateway's wall clock, in seconds. */
  setClock(offsetSeconds: number): Promise<void>;
  /** Copies the store as it is now to another server; what it resolves with puts the copy in its place. */
  startStandby(): Promise<() => Promise<void>>;
}

/** Starts everything. Needs root: the ledger gets a file system of its own. */
export async function startFaultWorld(directory: string): Promise<FaultWorld> {
  await using started = new AsyncDisposableStack();
  const dataDirectory = path.join(directory, 'data');
  const ledgerDirectory = path.join(dataDirectory, 'ledger');
  const library = await buildDisk(directory);
  await mountDisk(ledgerDirectory);
  started.defer(async () => void (await run('umount', ['-l', ledgerDirectory])));

  const target = started.use(await startTarget());
  let store = await startPrivatePostgres({ version: 'debian' });
  started.defer(() => store.stop());
  const sink = started.use(await WebhookSink.open());
  const s3 = started.use(await startS3(path.join(directory, 's3')));
  const witnessDirectory = path.join(directory, 'witness');
  const witness = started.use(await startWitness(witnessDirectory));
  const links = {
    store: started.use(await FaultyLink.open(store.port)),
    witness: started.use(await FaultyLink.open(witness.port)),
    sink: started.use(await FaultyLink.open(sink.port)),
  };
  const flags = { sync: path.join(directory, 'sync'), write: path.join(directory, 'write') };
  const clock = await openWallClock(path.join(directory, 'clock'));
  const stack = started.use(
    await startGatewayStack({
      targetPort: target.port,
      dataDirectory,
      policies: POLICIES,
      gateway: describeGateway({ links, s3, witnessKey: witness.key }),
      target: [
        [['seal'], 'sealed'],
        [['dataMap'], DATA_MAP],
      ],
      environment: {
        ...describeSecrets(links),
        ...clock.environment,
        LD_PRELOAD: `${library}:${clock.environment.LD_PRELOAD}`,
        FAULT_PATH: ledgerDirectory,
        FAULT_SYNC: flags.sync,
        FAULT_WRITE: flags.write,
      },
    }),
  );
  await tellWitness(witnessDirectory, ledgerDirectory);
  const cleanUp = started.move();
  return {
    target,
    stack,
    links,
    sink,
    s3,
    witnessKey: witness.key,
    ledgerDirectory,
    flags,
    setClock: (seconds) => clock.set(seconds),
    async startStandby() {
      const standby = await copyServer(store);
      return async () => {
        links.store.retarget(standby.port);
        await store.stop();
        store = standby;
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(flags).map((flag) => rm(flag, { force: true })));
      await cleanUp.disposeAsync();
    },
  };
}

function describeSecrets({ store }: FaultWorld['links']): Readonly<Record<string, string>> {
  return {
    STORE_URL: `postgres://postgres@127.0.0.1:${store.port}/postgres`,
    S3_KEY: S3_CREDENTIALS.accessKeyId,
    S3_SECRET: S3_CREDENTIALS.secretAccessKey,
    SINK_SECRET: randomBytes(32).toString('hex'),
  };
}

/** Builds the library that makes a disk fail. */
async function buildDisk(directory: string): Promise<string> {
  const library = path.join(directory, 'ledger-disk.so');
  await run('cc', ['-shared', '-fPIC', '-o', library, DISK_SOURCE, '-ldl']);
  return library;
}

async function mountDisk(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${LEDGER_BYTES}`, 'tmpfs', directory]);
}

async function startTarget(): Promise<PrivatePostgres> {
  const target = await startPrivatePostgres({ version: 'debian' });
  await target.execute(`${EXECUTED_TABLE}; CREATE TABLE patients (id int PRIMARY KEY, ssn text);
    INSERT INTO patients SELECT id, '${CANARY}' FROM generate_series(1, 50) id`);
  return target;
}

/** The gateway's configuration: everything behind a link. */
function describeGateway({
  links,
  s3,
  witnessKey,
}: Pick<FaultWorld, 'links' | 's3' | 'witnessKey'>): readonly Change[] {
  const siem = {
    name: 'siem',
    kind: 'webhook',
    url: `http://127.0.0.1:${links.sink.port}`,
    secret: 'env:SINK_SECRET',
    format: 'json',
    statements: 'whole',
    start: 'beginning',
    kinds: ['operation'],
  };
  const witness = { key: witnessKey, url: `http://127.0.0.1:${links.witness.port}` };
  return [
    [['store'], { kind: 'postgres', url: 'env:STORE_URL' }],
    [['storage'], describeStorage(s3)],
    [['audit', 'checkpointInterval'], '1s'],
    [['audit', 'witnesses'], { of: [witness] }],
    [['exports'], [siem]],
  ];
}

function describeStorage({ settings: { bucket, endpoint, prefix } }: RunningS3): object {
  return {
    kind: 's3',
    bucket,
    endpoint,
    prefix,
    pathStyle: true,
    accessKeyId: 'env:S3_KEY',
    secretAccessKey: 'env:S3_SECRET',
  };
}

/** The keys of the logs, as an operator would bring them to the witness. */
async function tellWitness(witnessDirectory: string, ledgerDirectory: string): Promise<void> {
  const keys = path.join(ledgerDirectory, 'keys');
  for (const name of await readdir(keys)) {
    const key = await readFile(path.join(keys, name), 'utf8');
    await appendFile(path.join(witnessDirectory, 'logs'), `${key.trim()}\n`);
  }
}

async function copyServer(from: PrivatePostgres): Promise<PrivatePostgres> {
  const copy = await startPrivatePostgres({ version: 'debian' });
  const { stdout } = await run(
    'pg_dump',
    ['-h', from.host, '-p', String(from.port), '-U', from.superuser, 'postgres'],
    { maxBuffer: 2 ** 30 },
  );
  await copy.execute(stdout);
  return copy;
}
