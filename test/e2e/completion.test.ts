import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runForOutcome } from '../../src/cli/cli-outcome.fixture.ts';

describe('sallyport completion', () => {
  let home: string;

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-fish-'));
  });
  after(() => rmSync(home, { recursive: true }));

  it('offers what can follow, and files where commands take them, in fish', async () => {
    const { out } = await runForOutcome(['completion', 'fish']);
    for (const [typed, offered] of [
      ['lo', 'login logout'],
      ['sessions pl', 'play'],
      ['sessions play --sp', '--speed'],
      ['psql hospital --r', '--reason'],
      ['completion ', '--help bash fish zsh'],
      ['check /etc/debian_v', '/etc/debian_version'],
    ] as const) {
      const script = `${out}\ncomplete --do-complete 'sallyport ${typed}'`;
      const shown = execFileSync('fish', ['--no-config', '--command', script], {
        env: { HOME: home, PATH: '/usr/bin:/bin' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const words = String(shown)
        .split('\n')
        .map((line) => line.split('\t', 1).join());
      assert.deepEqual(
        words
          .filter((word) => word !== '')
          .toSorted()
          .join(' '),
        offered,
      );
    }
  });
});
