import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { runForOutcome } from '../cli-outcome.fixture.ts';

describe('completion', () => {
  const offer = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sallyport; echo "\${COMPREPLY[*]}"`;

  it('offers what can follow, in bash', async () => {
    const { out } = await runForOutcome(['completion', 'bash']);
    for (const [typed, offered] of [
      [['lo'], 'login logout'],
      [['sessions', 'pl'], 'play'],
      [['sessions', 'play', '--sp'], '--speed'],
      [['psql', 'hospital', '--r'], '--reason'],
      [['completion', ''], 'bash zsh fish --help'],
      [['demo', '--t'], '--tour'],
    ] as const) {
      const shown = execFileSync('bash', ['-c', `${out}\n${offer}`, '-', 'sallyport', ...typed]);
      assert.equal(String(shown), `${offered}\n`);
    }
  });

  it('is read by zsh, which takes a letter behind a colon for a modifier', async () => {
    const { out } = await runForOutcome(['completion', 'zsh']);
    assert.doesNotMatch(out, /\$\{[^}]*:[A-Za-z]/);
    // Arrays of zsh's own, of which the first is where it looks for programs.
    assert.doesNotMatch(out, /\b(?:path|words|status|options|functions|commands|argv)=/);
    // In a shell that has not begun completion yet.
    assert.match(out, /^whence compdef .*compinit.*\n.*bashcompinit$/m);
  });
});
