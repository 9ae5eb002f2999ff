import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import { runPsql } from './run-client.ts';

/** What nobody should find in a file. */
const SECRET = 'zebra-4711';

describe('contents of the ledger of a gateway', () => {
  let environment: HospitalEnvironment;
  let dataDirectory: string;
  let officer: SallyportCommand;
  let analyst: SallyportCommand;
  before(async () => {
    environment = await startHospitalEnvironment();
    const { stack } = environment;
    const directory = path.dirname(stack.configurationDirectory);
    dataDirectory = path.join(directory, 'data');
    const url = `https://localhost:${stack.gateway().api?.port}`;
    officer = await openSallyportCommand(directory, 'petra');
    analyst = await openSallyportCommand(directory, 'ana');
    for (const command of [officer, analyst]) {
      const { code, errors } = await command.signIn(url, stack.authorityFile);
      assert.equal(code, 0, errors);
    }
  });
  after(() => environment[Symbol.asyncDispose]());

  it('stand in no file of the data directory in the clear', async () => {
    const { stderr } = await runPsql(environment.as('ana'), ['-At', '-c', `SELECT '${SECRET}'`]);
    assert.equal(stderr, '');
    const files = await listFiles(path.join(dataDirectory, 'ledger'));
    assert(files.some((file) => file.endsWith('.segment')));
    for (const file of files) {
      assert(!(await readFile(file)).includes(SECRET), file);
    }
  });

  it('are shown where the keys are, and are sealed in a copy of the ledger, which verifies', async () => {
    const whole = await officer.run('audit', 'list', dataDirectory, '--kind', 'operation');
    assert(whole.output.includes(SECRET));
    const copy = await mkdtemp(path.join(tmpdir(), 'sallyport-copy-'));
    try {
      await cp(path.join(dataDirectory, 'ledger'), copy, { recursive: true });
      const sealed = await officer.run('audit', 'list', copy, '--kind', 'operation');
      assert(!sealed.output.includes(SECRET));
      assert.match(sealed.output, /\(content is sealed\)/);
      const verified = await officer.run('audit', 'verify', copy);
      assert.equal(verified.code, 0, verified.output + verified.errors);
    } finally {
      await rm(copy, { recursive: true });
    }
  });

  it('are held by who may, and the hold is an entry with a reason apart', async () => {
    const days = ['--from', '2026-01-01', '--until', '2026-01-31'];
    const hold = ['audit', 'hold', 'start', ...days, '--reason', 'case zebra'];
    const refused = await analyst.run(...hold);
    assert.equal(refused.code, 4, refused.errors);
    const started = await officer.run(...hold);
    assert.equal(started.code, 0, started.errors);
    const list = await officer.run('audit', 'hold', 'list', '--json');
    const { holds } = JSON.parse(list.output) as {
      readonly holds: readonly { readonly id: string; readonly from: string }[];
    };
    assert.deepEqual(
      holds.map(({ from }) => from),
      ['2026-01-01'],
    );
    const id = holds[0]?.id ?? '';
    const ended = await officer.run('audit', 'hold', 'end', id, '--reason', 'closed');
    assert.equal(ended.code, 0, ended.errors);
    const entries = await officer.run(
      'audit',
      'list',
      dataDirectory,
      '--kind',
      'hold.start',
      'hold.end',
    );
    assert.match(entries.output, /hold\.start .*reason=case zebra.*\n.*hold\.end .*reason=closed/);
  });
});

async function listFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
