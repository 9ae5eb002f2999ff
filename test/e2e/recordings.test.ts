import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { changeYaml } from '../../demo/write-configuration.ts';
import type { SessionList } from '../../src/api/session.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { verifyRecordings } from '../../src/audit/verify-recordings.ts';
import { unsealTrack } from '../../src/bin/unseal-track.ts';
import { readRecordingHeader } from '../../src/recording/read-recording.ts';
import type { RecordedEvent } from '../../src/recording/recorded-event.ts';
import { type RunningS3, S3_CREDENTIALS, startS3 } from '../archive/start-s3.ts';
import { callApi } from './call-api.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import { query, type RawConnection, signIn } from './raw-connection.ts';

const RAW = `
@id("raw-notes") @record("raw")
permit (principal in Group::"analysts", action == Action::"sql.select", resource)
when { context.reads.contains("public.notes") };`;
const MANY_NOTES = 'SELECT body FROM notes WHERE id <= 20';

let environment: HospitalEnvironment;
let bucketDirectory: string;
let s3: RunningS3;
let identity: string;

before(async () => {
  bucketDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-bucket-'));
  s3 = await startS3(bucketDirectory);
  identity = await generateX25519Identity();
  environment = await startHospitalEnvironment();
  await environment.stack.gateway().stop();
  const configuration = environment.stack.configurationDirectory;
  const { accessKeyId, secretAccessKey } = S3_CREDENTIALS;
  await writeFile(path.join(configuration, 'secrets/s3-id'), accessKeyId, { mode: 0o600 });
  await writeFile(path.join(configuration, 'secrets/s3-key'), secretAccessKey, { mode: 0o600 });
  await writeFile(path.join(configuration, 'policies/raw.cedar'), RAW);
  const { bucket, endpoint, prefix } = s3.settings;
  await changeYaml(path.join(configuration, 'sallyport.yaml'), [
    [['recordings'], { rawRecipients: [await identityToRecipient(identity)] }],
    [
      ['storage'],
      {
        kind: 's3',
        ...{ bucket, endpoint, prefix },
        pathStyle: true,
        accessKeyId: 'file:secrets/s3-id',
        secretAccessKey: 'file:secrets/s3-key',
        spool: { sizeMax: '16MiB' },
      },
    ],
  ]);
  await environment.stack.restartGateway();
});

after(async () => {
  await environment[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  await rm(bucketDirectory, { recursive: true });
});

const data = (...names: string[]): string =>
  path.join(environment.stack.configurationDirectory, '../data', ...names);

async function ask(connection: RawConnection, sql: string): Promise<string> {
  connection.send(query(sql));
  return (await connection.messagesUntil('Z')).map(({ type }) => type).join('');
}

/** Files of recordings, relative to their directory. */
async function recordings(): Promise<readonly string[]> {
  const names = await readdir(data('recordings'), { recursive: true });
  return names.filter((name) => /\.(?:rec|age)$/.test(name)).toSorted();
}

async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    try {
      return await assertion();
    } catch {
      await sleep(200);
    }
  }
  await assertion();
}

async function expectStored(name: string): Promise<void> {
  const names = await readdir(bucketDirectory, { recursive: true });
  assert(
    names.some((one) => one.includes(name)),
    `${name} is not in the bucket`,
  );
}

async function expectNoProblems(session?: string): Promise<void> {
  const options = session === undefined ? {} : { session };
  const report = await verifyRecordings(data('ledger'), data('recordings'), options);
  assert.deepEqual(report.problems, []);
  assert(report.compared > 0);
}

function textsOf(events: readonly RecordedEvent[]): string {
  return events.flatMap((event) => (event.kind === 'row' ? event.values : [])).join('\n');
}

describe('recordings', () => {
  it('have a raw track where policy asks, which only its recipients read', async () => {
    let shown = '';
    {
      using ana = await signIn(environment.as('ana'));
      assert.equal(await ask(ana, 'SELECT count(*) FROM patients'), 'TDCZ');
      assert.deepEqual(
        (await recordings()).filter((name) => name.endsWith('.age')),
        [],
      );
      ana.send(query(MANY_NOTES));
      shown = (await ana.messagesUntil('Z')).map(({ body }) => String(body)).join('\n');
    }
    const [track = ''] = (await recordings()).filter((name) => name.endsWith('.age'));
    await eventually(() => expectStored(path.basename(track)));
    await expectNoProblems();

    const source = createReadStream(data('recordings', track));
    const onCut = (): void => assert.fail('the track is cut');
    const events = await Array.fromAsync(unsealTrack(source, { identities: [identity], onCut }));
    const raw = textsOf(events);
    assert.match(raw, /\d{3}-\d{2}-\d{4}|@|\(\d{3}\)/, 'identifiers as the target sent them');
    assert(
      !shown.includes(raw.split('\n')[0] ?? ''),
      'notes are masked on their way to the client',
    );
    assert(!textsOf(events.slice(0, 1)).includes('count'), 'nothing from before it was asked for');
    const other = { identities: [await generateX25519Identity()], onCut };
    const again = unsealTrack(createReadStream(data('recordings', track)), other);
    await assert.rejects(Array.fromAsync(again), { code: 'ERR_AGE_FILE' });
  });

  it('are found by words of their statements, whose texts are encrypted in the ledger', async () => {
    const { port } = environment.stack.gateway().api ?? { port: 0 };
    const { authorityFile, provider } = environment.stack;
    const petra = { port, token: provider.issueToken('petra'), authorityFile };
    const find = (q: string): Promise<SessionList> =>
      callApi<SessionList>(petra, 'GET', `/v1/sessions?q=${encodeURIComponent(q)}`);
    const { sessions } = await find('body notes');
    assert.deepEqual(
      sessions[0]?.matches?.map(({ text }) => text),
      [MANY_NOTES],
    );
    assert.deepEqual((await find('no such words')).sessions, []);
  });

  it('are readable up to their last chunk when the gateway is killed, and are copied then', async () => {
    const before = new Set(await recordings());
    using ana = await signIn(environment.as('ana'));
    assert.equal(await ask(ana, 'SELECT count(*) FROM patients'), 'TDCZ');
    const [file = ''] = (await recordings()).filter((name) => !before.has(name));
    const session = path.basename(file, '.rec');
    await eventually(async () => {
      const { size } = await stat(data('recordings', file));
      const { headerBytes } = await readRecordingHeader(data('recordings', file));
      assert(size > headerBytes, 'nothing is stored yet');
    });
    await environment.stack.gateway().kill();
    await environment.stack.restartGateway();
    await expectNoProblems(session);
    await eventually(() => expectStored(path.basename(file)));
  });

  it('and their ledger verify in a copy of the bucket', async () => {
    await environment.stack.gateway().stop();
    await environment.stack.restartGateway();
    const copy = path.join(bucketDirectory, 'copy');
    await eventually(async () => {
      await rm(copy, { recursive: true, force: true });
      await copyBucket(copy);
      const ledger = await verifyLedger(path.join(copy, 'ledger'));
      assert.deepEqual([ledger.problems, ledger.ok], [[], true]);
      const report = await verifyRecordings(
        path.join(copy, 'ledger'),
        path.join(copy, 'recordings'),
      );
      assert.deepEqual(report.problems, []);
      assert(report.compared >= 2);
    });
  });
});

/** As `aws s3 sync` does: every object by its name. */
async function copyBucket(copy: string): Promise<void> {
  const root = path.join(bucketDirectory, s3.settings.bucket, s3.settings.prefix);
  for (const name of await readdir(root, { recursive: true })) {
    if (!name.endsWith('._S3rver_object')) continue;
    const target = path.join(copy, name.slice(0, -'._S3rver_object'.length));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, await readFile(path.join(root, name)));
  }
}
