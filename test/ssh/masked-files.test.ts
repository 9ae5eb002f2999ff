import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readEntries } from '../../src/audit/read-entries.ts';
import { CLASS_OF_LABEL, isMasked, parseCsv, type TablesTruth } from '../e2e/labelled-tables.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

/** Labelled synthetic data, which the repository holds no copy of: see its README. */
const PHI = fileURLToPath(new URL('../../../shared/phi/', import.meta.url));

/** Sees every class, and none. */
const SEEING = 'ana';
const BLIND = 'noor';
const DESTINATION = `${TARGET}@127.0.0.1`;

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("hide") forbid (principal == User::"clinic:${BLIND}", action == Action::"reveal", resource);
`;

interface DocumentTruth {
  readonly truth: readonly {
    readonly ptr: string;
    readonly label: string;
    readonly level: string;
    readonly value: unknown;
  }[];
}

const TABLES = ['patients', 't_0417', 'providers', 'lab_orders', 'allergies', 'patient_docs'];

/** What a person would write who knows what the columns hold. */
function mapTables(tables: TablesTruth): Record<string, unknown> {
  return Object.fromEntries(
    TABLES.map((table) => [
      `/**/${table}.csv`,
      {
        format: 'csv',
        ...(table === 'patients' && { patientKey: 'id' }),
        fields: Object.fromEntries(
          Object.entries(tables[table] ?? {}).map(([column, value]) => [
            column,
            value.level === 'json'
              ? 'json'
              : value.level === 'must' || value.level === 'age90'
                ? (CLASS_OF_LABEL[value.label ?? ''] ?? 'other-id')
                : 'none',
          ]),
        ),
      },
    ]),
  );
}

/** The paths of everything that identifies somebody in the documents. */
function mapDocuments(documents: readonly DocumentTruth[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { ptr, label, level } of documents.flatMap(({ truth }) => truth)) {
    if (level !== 'must') continue;
    const path = ptr
      .slice(1)
      .split('/')
      .map((step) => (/^\d+$/.test(step) ? '[*]' : `.${step}`))
      .join('')
      .slice(1);
    fields[path] = CLASS_OF_LABEL[label] ?? 'other-id';
  }
  return fields;
}

function findValue(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointer.slice(1).split('/')) {
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  }
  return value;
}

async function readLines<Line>(name: string): Promise<readonly Line[]> {
  const text = await readFile(join(PHI, 'fhir-r4-examples', name), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('files that hold what a principal may not see', () => {
  let world: SshEnvironment;
  let directory: string;
  let tables: TablesTruth;
  let documents: readonly DocumentTruth[];
  const local = (name: string): string => join(directory, name);
  const remote = (name: string): string => join(world.sshd.home, 'data', name);

  const run = async (
    program: string,
    subject: string,
    args: readonly string[],
    input = '',
  ): Promise<ProgramOutcome> => {
    const options = await world.optionsFor(subject);
    return runProgram(program, [...options, ...args], { input });
  };
  const download = async (
    flags: readonly string[],
    subject: string,
    name: string,
  ): Promise<string> => {
    const to = local('downloaded');
    await rm(to, { force: true });
    const outcome = await run('scp', subject, [...flags, `${DESTINATION}:data/${name}`, to]);
    assert.equal(outcome.code, 0, outcome.stderr);
    return readFile(to, 'utf8');
  };

  before(async () => {
    await access(PHI).catch(() => {
      assert.fail(`The labelled data is expected in ${PHI}`);
    });
    const truth = await readFile(join(PHI, 'db/truth.json'), 'utf8');
    ({ tables } = JSON.parse(truth) as { readonly tables: TablesTruth });
    documents = await readLines<DocumentTruth>('truth.ndjson');
    const fhir = { fields: mapDocuments(documents) };
    world = await startSshEnvironment({
      policies: POLICIES,
      target: [
        [
          ['dataMap'],
          {
            files: {
              ...mapTables(tables),
              '/**/resources.ndjson': { format: 'ndjson', ...fhir },
              '/**/resource.json': { format: 'json', ...fhir },
              '/**/*.scan': { format: 'opaque', class: 'photo' },
            },
          },
        ],
      ],
    });
    directory = await mkdtemp(join(tmpdir(), 'sallyport-masked-'));
    await mkdir(join(world.sshd.home, 'data'));
    // The accounts of the host are not who we are.
    await chmod(join(world.sshd.home, 'data'), 0o777);
    for (const table of TABLES) {
      await copyFile(join(PHI, `db/${table}.csv`), remote(`${table}.csv`));
    }
    const [first = ''] = (
      await readFile(join(PHI, 'fhir-r4-examples/resources.ndjson'), 'utf8')
    ).split('\n');
    await copyFile(join(PHI, 'fhir-r4-examples/resources.ndjson'), remote('resources.ndjson'));
    await writeFile(remote('resource.json'), JSON.stringify(JSON.parse(first), undefined, 2));
    await writeFile(remote('face.scan'), Buffer.of(0xff, 0xd8, 0));
    await writeFile(
      remote('note.txt'),
      'Call Lenore Wuckert, SSN 999-15-3541, or +1 964 945 7042.\n',
    );
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  for (const flags of [[], ['-O']] as const) {
    const by = flags.length === 0 ? 'SFTP' : 'the old protocol of scp';
    for (const table of TABLES) {
      it(`${table}.csv by ${by}: identifiers masked, everything else as it was`, async () => {
        const [header = [], ...raw] = parseCsv(await readFile(remote(`${table}.csv`), 'utf8'));
        const [shownHeader, ...shown] = parseCsv(await download(flags, BLIND, `${table}.csv`));
        assert.deepEqual(shownHeader, header);
        assert.equal(shown.length, raw.length);
        for (const [index, column] of header.entries()) {
          const { level } = tables[table]?.[column] ?? { level: 'soft' };
          for (const [row, before] of raw.entries()) {
            const was = before[index] ?? '';
            const is = shown[row]?.[index] ?? '';
            const where = `row ${row} of ${table}.${column}`;
            if (level === 'must' && was !== '') assert(isMasked(was, is), `${where} shows ${is}`);
            if (level === 'keep') assert.equal(is, was, where);
          }
        }
      });
    }

    it(`resources.ndjson by ${by}: no identifier at its place`, async () => {
      const shown = await download(flags, BLIND, 'resources.ndjson');
      const resources = shown
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      assert.equal(resources.length, documents.length);
      let looked = 0;
      for (const [index, { truth }] of documents.entries()) {
        for (const { ptr, value, level } of truth) {
          if (level !== 'must') continue;
          looked += 1;
          const is = findValue(resources[index], ptr);
          assert(isMasked(String(value), String(is)), `${index}${ptr} shows ${String(is)}`);
        }
      }
      assert(looked > 500);
    });
  }

  it('gives every client the size that the masked file has', async () => {
    const expected = await download([], BLIND, 'patients.csv');
    const { stdout } = await run(
      'sftp',
      BLIND,
      ['-b', '-', DESTINATION],
      'ls -l data/patients.csv\n',
    );
    assert.match(stdout, new RegExp(` ${Buffer.byteLength(expected)} `));
    const script = `
import sys, paramiko
transport = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
transport.connect(username='${TARGET}', password=sys.argv[2])
sftp = paramiko.SFTPClient.from_transport(transport)
sftp.get('data/patients.csv', sys.argv[3])
print(sftp.stat('data/patients.csv').st_size)
`;
    const { port } = world.address;
    const paramiko = await runProgram('/usr/bin/python3', [
      ...['-c', script, String(port), world.tokenOf(BLIND), local('paramiko.csv')],
    ]);
    assert.equal(paramiko.stdout, `${Buffer.byteLength(expected)}\n`, paramiko.stderr);
    assert.equal(await readFile(local('paramiko.csv'), 'utf8'), expected);
    const options = await world.optionsFor(BLIND);
    const lftp = [
      `set sftp:connect-program "ssh -a -x ${options.join(' ')}"`,
      `open -u ${TARGET},unused sftp://127.0.0.1`,
      `get data/patients.csv -o ${local('lftp.csv')}`,
    ].join('; ');
    const outcome = await runProgram('lftp', ['-c', lftp], { environment: { HOME: directory } });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(await readFile(local('lftp.csv'), 'utf8'), expected);
  });

  it('shows everything as it is to who may see it', async () => {
    for (const name of ['patients.csv', 'resources.ndjson', 'resource.json', 'note.txt']) {
      const raw = await readFile(remote(name), 'utf8');
      assert.equal(await download([], SEEING, name), raw);
      assert.equal(await download(['-O'], SEEING, name), raw);
    }
  });

  it('masks a document that is one JSON value, and text that no entry speaks of', async () => {
    const [truth] = documents;
    const shown = JSON.parse(await download([], BLIND, 'resource.json')) as unknown;
    for (const { ptr, value, level } of truth?.truth ?? []) {
      if (level === 'must') assert.notEqual(findValue(shown, ptr), value, ptr);
    }
    const note = await download([], BLIND, 'note.txt');
    assert.doesNotMatch(note, /999-15-3541|964 945 7042/);
    assert.match(note, /^Call /);
  });

  it('refuses what cannot be masked, and says why', async () => {
    for (const flags of [[], ['-O']]) {
      const args = [...flags, `${DESTINATION}:data/face.scan`, local('scan')];
      const { code, stderr } = await run('scp', BLIND, args);
      assert.equal(code, 1);
      assert.match(stderr, /it holds photo and cannot be masked/);
    }
  });

  it('refuses rsync both ways and reading by git, which cannot be masked', async () => {
    const ssh = ['ssh', ...(await world.optionsFor(BLIND))].join(' ');
    await writeFile(local('up.txt'), 'up');
    for (const [from, to] of [
      [`${DESTINATION}:data/`, local('rsync')],
      [local('up.txt'), `${DESTINATION}:data/`],
    ] as const) {
      const { code, stderr } = await runProgram('rsync', ['-e', ssh, from, to]);
      assert.notEqual(code, 0);
      assert.match(stderr, /rsync cannot be used here/);
    }
    const clone = await runProgram(
      'git',
      ['clone', `ssh://${DESTINATION}${world.sshd.home}/data`, local('clone')],
      { environment: { GIT_SSH_COMMAND: ssh, HOME: directory } },
    );
    assert.notEqual(clone.code, 0);
    assert.match(clone.stderr, /git cannot be used here/);
  });

  it('lets nobody change a few bytes of what is masked, so that it is read as something else', async () => {
    const before = await readFile(remote('patients.csv'));
    await writeFile(local('longer.csv'), Buffer.concat([Buffer.from('ssn,id'), before]));
    await writeFile(local('longer.txt'), Buffer.alloc(1_000));
    for (const command of [
      `put -a ${local('longer.csv')} data/patients.csv`,
      `put -a ${local('longer.txt')} data/note.txt`,
    ]) {
      const { stderr } = await run('sftp', BLIND, ['-b', '-', DESTINATION], `-${command}\n`);
      assert.match(stderr, /cannot be changed|masked/, command);
    }
    assert.deepEqual(await readFile(remote('patients.csv')), before);
    assert.doesNotMatch(await readFile(remote('note.txt'), 'latin1'), /\0/);
  });

  it('lets nobody give a masked file another name', async () => {
    const commands = [
      'rename data/patients.csv data/patients.bin',
      'ln data/patients.csv data/hard.bin',
      'rename data other',
      'cp data/patients.csv data/copy.bin',
    ];
    for (const command of commands) {
      const { code, stderr } = await run('sftp', BLIND, ['-b', '-', DESTINATION], `${command}\n`);
      assert.equal(code, 1, command);
      assert.match(stderr, /masked/, command);
    }
    await stat(remote('patients.csv'));
    const link = `ln -s patients.csv data/soft.bin\nget data/soft.bin ${local('soft')}\n`;
    const outcome = await run('sftp', BLIND, ['-b', '-', DESTINATION], link);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(await readFile(local('soft'), 'utf8'), await download([], BLIND, 'patients.csv'));
  });

  it('enters what was copied, with its digest, and whose rows it showed', async () => {
    const masked = await download([], BLIND, 'patients.csv');
    const raw = await download(['-O'], SEEING, 'patients.csv');
    const [, ...rows] = parseCsv(raw);
    const copied = new Map<unknown, Record<string, unknown>>();
    const shown: Record<string, unknown>[] = [];
    for await (const { entry } of readEntries(join(world.dataDirectory, 'ledger'))) {
      if (entry.kind === 'file') copied.set(entry['sha256'], entry);
      if (entry.kind === 'result') shown.push(entry);
    }
    for (const content of [masked, raw]) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const entry = copied.get(sha256);
      assert.equal(entry?.['bytes'], Buffer.byteLength(content));
      const evidence = shown.find(
        ({ session, file }) => session === entry?.['session'] && file === entry?.['file'],
      );
      assert.equal(evidence?.['rows'], rows.length);
      const patients = evidence['patients'] as { readonly hashes: readonly string[] };
      assert.equal(patients.hashes.length, rows.length);
      assert.equal('masked' in evidence, content === masked);
      assert.equal('raw' in evidence, content === raw);
    }
  });

  it('masks the same, byte for byte, however a client asks', async () => {
    const digests = new Set<string>();
    for (const flags of [[], ['-O'], ['-X', 'buffer=1000'], ['-X', 'nrequests=1']]) {
      const shown = await download(flags, BLIND, 'resources.ndjson');
      digests.add(createHash('sha256').update(shown).digest('hex'));
    }
    assert.equal(digests.size, 1);
  });
});
