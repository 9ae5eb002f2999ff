import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ChannelEvent, PlaybackEvent } from '../api/playback-event.ts';
import { formatAsciicast } from './asciicast.ts';

const STARTED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const EVENTS: readonly ChannelEvent[] = [
  { kind: 'opened', atMs: 0, channel: 7, what: 'forward', text: 'local db:5432', account: '' },
  {
    ...{ kind: 'opened', atMs: 1_000, channel: 0, what: 'shell', text: '', account: 'deploy' },
    terminal: { columns: 100, rows: 30 },
  },
  { kind: 'output', atMs: 1_100, channel: 0, stream: 'stdout', text: '$ \u001b]52;c;eA==' },
  { kind: 'output', atMs: 1_100, channel: 1, stream: 'stdout', text: 'of another' },
  { kind: 'input', atMs: 1_200, channel: 0, text: 'ls\r' },
  { kind: 'command', atMs: 1_250, channel: 0, text: 'ls', decision: 'allow' },
  {
    kind: 'output',
    atMs: 1_300,
    channel: 0,
    stream: 'stdout',
    text: '\u0007ls\r\n\u001b[31mé\u001b[0m',
  },
  { kind: 'resize', atMs: 1_400, channel: 0, columns: 120, rows: 40 },
  { kind: 'exit', atMs: 2_500, channel: 0, status: 3 },
  { kind: 'opened', atMs: 3_000, channel: 0, what: 'exec', text: 'date', account: 'deploy' },
  { kind: 'output', atMs: 3_100, channel: 0, stream: 'stdout', text: 'never' },
];

async function cast(
  events: readonly PlaybackEvent[],
  channel?: number,
): Promise<readonly string[]> {
  const source = (async function* () {
    yield* events;
  })();
  return Array.fromAsync(formatAsciicast(source, { startedAtMs: STARTED_AT_MS, channel }));
}

describe('formatAsciicast', () => {
  it('writes one channel with its times, sizes and exit status, and nothing that does more than draw', async () => {
    const lines = (await cast(EVENTS)).map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(lines, [
      { version: 2, width: 100, height: 30, timestamp: STARTED_AT_MS / 1_000 + 1, title: 'shell' },
      [0.1, 'o', '$ '],
      [0.2, 'i', 'ls\r'],
      [0.25, 'm', 'ls'],
      [0.3, 'o', 'ls\r\n\u001b[31mé\u001b[0m'],
      [0.4, 'r', '120x40'],
      [1.5, 'x', '3'],
    ]);
  });

  it('gives what had no terminal carriage returns and a size', async () => {
    const lines = await cast(
      [
        { kind: 'opened', atMs: 0, channel: 4, what: 'exec', text: 'seq 2', account: 'x' },
        { kind: 'output', atMs: 5, channel: 4, stream: 'stdout', text: '1\n2\n' },
        { kind: 'exit', atMs: 6, channel: 4, signal: 'TERM' },
      ],
      4,
    );
    const [header, output, exit] = lines.map((line) => JSON.parse(line) as unknown);
    assert.partialDeepStrictEqual(header, { width: 80, height: 24, title: 'seq 2' });
    assert.deepEqual(output, [0.005, 'o', '1\r\n2\r\n']);
    assert.deepEqual(exit, [0.006, 'x', 'TERM']);
  });

  it('has nothing to write for a channel that there is not, or a session of another protocol', async () => {
    assert.deepEqual(await cast(EVENTS, 9), []);
    assert.deepEqual(await cast([{ kind: 'statement', atMs: 0, text: 'select 1' }]), []);
  });

  it('is played by asciinema', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-cast-'));
    try {
      const path = join(directory, 'shell.cast');
      writeFileSync(path, `${(await cast(EVENTS)).join('\n')}\n`);
      // It wants a terminal of its own.
      const command = ['-q', '-e', '-c', `asciinema cat ${path}`, '/dev/null'];
      const shown = execFileSync('script', command, { encoding: 'utf8' });
      assert.match(shown, /^\$ ls\r+\n\u001b\[31mé\u001b\[0m$/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
