import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const CLI = `"${process.execPath}" "${import.meta.dirname}/cli.ts"`;
/** Of root: by an account that is a number. */
const AS_NOBODY = 'setpriv --reuid=12345 --regid=12345 --clear-groups';

interface Outcome {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

/** What a shell says of a command and its pipe: how it ended, standard output and standard error. */
function runInShell(command: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('bash', ['-o', 'pipefail', '-c', command], (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err });
    });
  });
}

describe('the command line', () => {
  it('does not end as if all were well where nobody reads that it is not', async () => {
    // Reads nothing, and is gone by the time that a program has started.
    assert.equal((await runInShell(`${CLI} check /nowhere | true`)).code, 141);
    assert.equal((await runInShell(`${CLI} check /nowhere | cat`)).code, 1);
  });

  it('ends as it would where nobody hears what it says of the result', async () => {
    // Nobody has signed in there.
    const alone = `XDG_CONFIG_HOME=/nowhere ${CLI} whoami`;
    assert.equal((await runInShell(`${alone} 2>&1 >/dev/null | true`)).code, 3);
  });

  it('says what to set where its account is a number without a home', {
    skip: process.getuid?.() !== 0,
  }, async () => {
    const { code, err } = await runInShell(
      `env -u HOME -u XDG_CONFIG_HOME ${AS_NOBODY} ${CLI} whoami`,
    );
    assert.equal(code, 1);
    assert.match(err, /^sallyport: There is no home directory to keep sign-ins in\nSet HOME, or /m);
  });

  it('tells in doctor of a data directory that its account cannot make', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-doctor-'));
    const config = join(directory, 'hospital');
    t.after(() => {
      for (const ours of [directory, config]) chmodSync(ours, 0o700);
      rmSync(directory, { recursive: true });
    });
    cpSync(join(import.meta.dirname, '../../examples/hospital'), config, { recursive: true });
    for (const readable of [directory, config]) chmodSync(readable, 0o555);
    // root may write everywhere.
    const ordinary = process.getuid?.() === 0 ? AS_NOBODY : '';
    const { out } = await runInShell(`${ordinary} ${CLI} doctor --config ${config}`);
    assert.match(
      out,
      /^failed +data directory +\S+\/data cannot be created: EACCES\n +Create it, and /m,
    );
  });

  it("says of another account's files that they may not be read, and never that there are none", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-others-'));
    const [data, config] = [join(directory, 'data'), join(directory, 'hospital')];
    t.after(() => {
      for (const ours of [data, join(config, 'policies')]) chmodSync(ours, 0o700);
      rmSync(directory, { recursive: true });
    });
    for (const part of ['ledger', 'recordings', 'keys']) {
      mkdirSync(join(data, part), { recursive: true });
    }
    cpSync(join(import.meta.dirname, '../../examples/hospital'), config, { recursive: true });
    chmodSync(directory, 0o755);
    for (const closed of [data, join(config, 'policies')]) chmodSync(closed, 0);
    const ordinary = process.getuid?.() === 0 ? AS_NOBODY : '';
    for (const command of [
      ...['audit verify', 'audit list', 'sessions verify', 'audit change-key'],
      'report hipaa --from 1d',
    ]) {
      const { code, err } = await runInShell(`${ordinary} ${CLI} ${command} ${data}`);
      assert.equal(code, 1, command);
      assert.match(
        err,
        /^sallyport: EACCES: permission denied, .*data.*\nRun it as the account that these files belong to\.$/m,
        command,
      );
    }
    const { out } = await runInShell(`${ordinary} ${CLI} check ${config}`);
    assert.match(out, /^policies:1:1: Cannot read file: permission denied \(EACCES\)$/m);
  });

  it('says that its output cannot be written', async () => {
    const { code, err } = await runInShell(`${CLI} --help >/dev/full`);
    assert.deepEqual(
      { code, err },
      { code: 1, err: 'sallyport: Cannot write the output: ENOSPC\n' },
    );
  });
});
