import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlaybackEvent } from '../api/playback-event.ts';
import { PlaybackPrinter } from './playback-printer.ts';
import { Terminal } from './terminal.ts';

const SHELL = {
  kind: 'opened',
  atMs: 0,
  channel: 0,
  what: 'shell',
  text: '',
  account: 'deploy',
  terminal: { columns: 80, rows: 24 },
} as const;
/** A title, the clipboard, a question that the terminal answers, and a colour. */
const EVIL = '\u001b]0;root\u0007\u001b]52;c;eA==\u0007\u001b[6n\u001b[31mred';

function output(text: string, channel = 0): PlaybackEvent {
  return { kind: 'output', atMs: 1, channel, stream: 'stdout', text };
}

async function play(events: readonly PlaybackEvent[], draws: boolean): Promise<string> {
  let shown = '';
  const terminal = new Terminal({
    out: (text) => {
      shown += text;
    },
    err: () => undefined,
    colours: false,
    interactive: false,
    draws,
  });
  const pace = { speed: Number.POSITIVE_INFINITY, idleMaxMs: 0 };
  const printer = new PlaybackPrinter(terminal, pace);
  for (const event of events) await printer.show(event, new AbortController().signal);
  printer.finish();
  return shown;
}

describe('ChannelPrinter', () => {
  it('draws what was drawn, does nothing else to the terminal, and gives it back as it was', async () => {
    const shown = await play([SHELL, output(EVIL), output('\u001b[?1049h')], true);
    assert.equal(
      shown,
      '00:00:00.000 [0] shell as deploy, 80×24\n\u001b[31mred\u001b[?1049h\u001b[?1049l\u001b[0m\u001b[?25h\u001b[?7h\u001b[?6l\u001b[4l\u001b[r\u001b(B\u000f\r\n',
    );
  });

  it('gives it back too when the recording ends or is left in the middle', async () => {
    const exit = { kind: 'exit', atMs: 2, channel: 0, status: 130 } as const;
    assert.match(
      await play([SHELL, output('\u001b[?25l'), exit], true),
      /\u001b\[\?25h[^]*exit 130\n$/,
    );
  });

  it('prints text where nothing draws, and for what had no terminal', async () => {
    assert.equal(
      await play([SHELL, output(`${EVIL}\r\n`)], false),
      '00:00:00.000 [0] shell as deploy, 80×24\n\\x1b]0;root\\x07\\x1b]52;c;eA==\\x07\\x1b[6n\\x1b[31mred\n',
    );
    const exec = {
      kind: 'opened',
      atMs: 0,
      channel: 1,
      what: 'exec',
      text: EVIL,
      account: 'x',
    } as const;
    const shown = await play([exec, output('\u001b[2Jx\n', 1)], true);
    assert.doesNotMatch(shown, /\u001b/);
    assert.match(shown, /\\x1b\[2Jx\n$/);
  });

  it('lists files with their digests, and commands that were refused', async () => {
    const file = {
      kind: 'file',
      atMs: 0,
      channel: 2,
      action: 'ssh.sftp.rename',
      via: 'scp',
    } as const;
    const shown = await play(
      [
        { ...file, path: '/a\u001b[2J', newPath: '/b', outcome: 'failed', bytes: 3, sha256: 'ab' },
        { kind: 'command', atMs: 61_000, channel: 2, text: 'rm -rf /', decision: 'deny' },
        { kind: 'exit', atMs: 61_001, channel: 2, signal: 'KILL' },
      ],
      true,
    );
    assert.equal(
      shown,
      '00:00:00.000 [2] ssh.sftp.rename /a\\x1b[2J → /b by scp 3 bytes sha256 ab (failed)\n' +
        '00:01:01.000 [2] $ rm -rf / (refused)\n00:01:01.001 [2] exit KILL\n',
    );
  });
});
