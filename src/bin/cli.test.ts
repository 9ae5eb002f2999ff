import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';

const CLI = `"${process.execPath}" "${import.meta.dirname}/cli.ts"`;

/** What a shell says of a command and its pipe: how it ended, and standard error. */
function runInShell(command: string): Promise<{ readonly code: unknown; readonly err: string }> {
  return new Promise((resolve) => {
    execFile('bash', ['-o', 'pipefail', '-c', command], (error, _, err) => {
      resolve({ code: error === null ? 0 : error.code, err });
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
    const nobody =
      'env -u HOME -u XDG_CONFIG_HOME setpriv --reuid=12345 --regid=12345 --clear-groups';
    const { code, err } = await runInShell(`${nobody} ${CLI} whoami`);
    assert.equal(code, 1);
    assert.match(err, /^sallyport: There is no home directory to keep sign-ins in\nSet HOME, or /m);
  });

  it('says that its output cannot be written', async () => {
    const { code, err } = await runInShell(`${CLI} --help >/dev/full`);
    assert.deepEqual(
      { code, err },
      { code: 1, err: 'sallyport: Cannot write the output: ENOSPC\n' },
    );
  });
});
