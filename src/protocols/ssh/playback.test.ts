import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RecordedBytes, RecordedEvent } from '../../recording/recorded-event.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { decodePlayback } from './playback.ts';
import { ChannelFrames } from './recorded-frame.ts';

/** Takes down what a session does, and gives it back as a recording would. */
class Tape implements Pick<Recorder, 'record'> {
  readonly pieces: RecordedBytes[] = [];

  record(direction: 'sent' | 'shown', bytes: Buffer, start: number, end: number): void {
    const atMs = this.pieces.length;
    this.pieces.push({ direction, atMs, bytes: Buffer.from(bytes.subarray(start, end)) });
  }

  frames(channel: number): ChannelFrames {
    return new ChannelFrames(this as unknown as Recorder, channel);
  }
}

async function* play(pieces: readonly RecordedBytes[]): AsyncGenerator<RecordedBytes> {
  yield* pieces;
}

async function decode(pieces: readonly RecordedBytes[]): Promise<readonly RecordedEvent[]> {
  return Array.fromAsync(decodePlayback(play(pieces)));
}

function recordOne(): Tape {
  const tape = new Tape();
  const shell = tape.frames(0);
  shell.open({
    kind: 'shell',
    text: '',
    account: 'deploy',
    terminal: { columns: 80, rows: 24, name: 'xterm' },
  });
  shell.output(Buffer.from('$ '), 'stdout');
  shell.input(Buffer.from('l'));
  shell.resize({ columns: 100, rows: 30 });
  shell.command({ text: 'ls /srv', decision: 'allow' });
  const exec = tape.frames(1);
  exec.open({ kind: 'exec', text: 'false', account: 'root' });
  exec.output(Buffer.from('no\n'), 'stderr');
  exec.exit({ status: 1 });
  exec.close();
  tape.frames(2).open({ kind: 'forward', direction: 'local', host: 'db', port: 5432 });
  const file = { action: 'ssh.sftp.read', via: 'sftp', path: '/srv/x' } as const;
  tape.frames(3).file({ ...file, outcome: 'done', bytes: 3, sha256: 'ab' });
  shell.exit({ signal: 'HUP', coreDumped: false });
  return tape;
}

const EVENTS = [
  {
    kind: 'opened',
    channel: 0,
    what: 'shell',
    text: '',
    account: 'deploy',
    terminal: { columns: 80, rows: 24 },
  },
  { kind: 'output', channel: 0, stream: 'stdout', text: '$ ' },
  { kind: 'input', channel: 0, text: 'l' },
  { kind: 'resize', channel: 0, columns: 100, rows: 30 },
  { kind: 'command', channel: 0, text: 'ls /srv', decision: 'allow' },
  { kind: 'opened', channel: 1, what: 'exec', text: 'false', account: 'root' },
  { kind: 'output', channel: 1, stream: 'stderr', text: 'no\n' },
  { kind: 'exit', channel: 1, status: 1 },
  { kind: 'opened', channel: 2, what: 'forward', text: 'local db:5432', account: '' },
  {
    kind: 'file',
    channel: 3,
    action: 'ssh.sftp.read',
    via: 'sftp',
    path: '/srv/x',
    outcome: 'done',
    bytes: 3,
    sha256: 'ab',
  },
  { kind: 'exit', channel: 0, signal: 'HUP' },
];

describe('decodePlayback of SSH', () => {
  it('gives back what was taken down, channel by channel', async () => {
    const events = await decode(recordOne().pieces);
    assert.partialDeepStrictEqual(events, EVENTS);
    assert.equal(events.length, EVENTS.length);
  });

  it('puts characters together that were written in pieces, each stream by itself', async () => {
    const tape = new Tape();
    const [one, other] = [tape.frames(0), tape.frames(1)];
    const [first, ...rest] = [...Buffer.from('é€😀')].map((byte) => Buffer.of(byte));
    assert(first !== undefined);
    one.output(first, 'stdout');
    other.output(Buffer.from('x'), 'stdout');
    one.output(Buffer.from('y'), 'stderr');
    for (const byte of rest) one.output(byte, 'stdout');
    const texts = (await decode(tape.pieces)).flatMap((event) =>
      event.kind === 'output' ? [`${event.channel}${event.stream}${event.text}`] : [],
    );
    assert.deepEqual(texts, ['1stdoutx', '0stderry', '0stdouté', '0stdout€', '0stdout😀']);
  });

  it('ends where the frames make no sense, and throws nothing', async () => {
    const { pieces } = recordOne();
    await fc.assert(
      fc.asyncProperty(fc.nat(pieces.length - 1), fc.uint8Array(), async (at, bytes) => {
        const changed = pieces.map((piece, index) =>
          index === at ? { ...piece, bytes: Buffer.from(bytes) } : piece,
        );
        assert(Array.isArray(await decode(changed)));
      }),
      { numRuns: 300 },
    );
    const broken = [
      ...pieces.slice(0, 2),
      { direction: 'sent', atMs: 7, bytes: Buffer.of(2, 99, 0) },
    ] as const;
    assert.deepEqual((await decode(broken)).at(-1), { kind: 'cut', atMs: 7 });
  });
});
