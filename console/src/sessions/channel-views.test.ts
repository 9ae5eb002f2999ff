import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlaybackEvent } from '../../../src/api/playback-event.ts';
import { hasChannels, listCommands, showChannels } from './channel-views.ts';

const SHELL = {
  kind: 'opened',
  atMs: 0,
  channel: 0,
  what: 'shell',
  text: '',
  account: 'deploy',
  terminal: { columns: 10, rows: 3 },
} as const;
const EXEC = {
  kind: 'opened',
  atMs: 5,
  channel: 1,
  what: 'exec',
  text: 'ls',
  account: 'x',
} as const;

const EVENTS: readonly PlaybackEvent[] = [
  SHELL,
  {
    ...{ kind: 'screen', atMs: 1, channel: 0, columns: 10, rows: 3, cursor: { row: 1, column: 2 } },
    changed: [
      { row: 0, runs: [{ text: 'one' }] },
      { row: 1, runs: [{ text: 'two', isBold: true }] },
    ],
  },
  { kind: 'command', atMs: 3, channel: 0, text: 'ls', decision: 'allow' },
  {
    ...{ kind: 'screen', atMs: 4, channel: 0, columns: 10, rows: 2, cursor: { row: 0, column: 0 } },
    changed: [{ row: 1, runs: [] }],
  },
  EXEC,
  { kind: 'output', atMs: 6, channel: 1, stream: 'stderr', text: 'a\n' },
  {
    kind: 'file',
    atMs: 7,
    channel: 1,
    action: 'ssh.sftp.read',
    via: 'scp',
    path: '/x',
    outcome: 'done',
  },
  { kind: 'exit', atMs: 8, channel: 1, status: 2 },
  { ...EXEC, atMs: 9, text: 'date' },
];

describe('showChannels', () => {
  it('draws only rows that changed, and forgets those that are no longer there', () => {
    const [before] = showChannels(EVENTS, 2);
    assert.deepEqual(before?.screen?.rows, [
      [{ text: 'one' }],
      [{ text: 'two', isBold: true }],
      [],
    ]);
    const [after] = showChannels(EVENTS, 4);
    assert.deepEqual(after?.screen?.rows, [[{ text: 'one' }], []]);
  });

  it('tells channels apart that had the same number one after the other', () => {
    const channels = showChannels(EVENTS, EVENTS.length);
    assert.deepEqual(
      channels.map(({ opened: { text }, exit, files, text: output }) => [
        text,
        exit,
        files.length,
        output,
      ]),
      [
        ['', undefined, 0, ''],
        ['ls', '2', 1, 'a\n'],
        ['date', undefined, 0, ''],
      ],
    );
    assert.equal(new Set(channels.map(({ key }) => key)).size, 3);
  });

  it('keeps the end of what is long, and ignores what has no channel', () => {
    const long = 'x'.repeat(15_000);
    const output = { kind: 'output', atMs: 6, channel: 1, stream: 'stdout', text: long } as const;
    const events = [
      EXEC,
      output,
      output,
      { ...output, channel: 9 },
      { kind: 'cut', atMs: 7 },
    ] as const;
    const [channel] = showChannels(events, events.length);
    assert.equal(channel?.text.length, 20_000);
    assert(hasChannels(events));
    assert(!hasChannels([{ kind: 'cut', atMs: 0 }]));
  });
});

describe('listCommands', () => {
  it('lists what was tried, with when', () => {
    assert.deepEqual(
      listCommands(EVENTS).map(({ atMs, text }) => [atMs, text]),
      [
        [3, 'ls'],
        [5, 'ls'],
        [9, 'date'],
      ],
    );
  });

  it('lists the requests of a session of HTTP', () => {
    const opened = { kind: 'opened', atMs: 4, channel: 1, account: '' } as const;
    const commands = listCommands([
      { ...opened, what: 'request', text: 'GET https://a.example/x' },
    ]);
    assert.deepEqual(
      commands.map(({ atMs, text }) => [atMs, text]),
      [[4, 'GET https://a.example/x']],
    );
  });

  it('says which guest had the keyboard', () => {
    const guest = { kind: 'guest', atMs: 1, channel: 0, id: 'idp:bo', name: 'bo' } as const;
    const line = { kind: 'command', atMs: 2, channel: 0, decision: 'allow' } as const;
    const commands = listCommands([
      { ...guest, what: 'joined' },
      { ...line, text: 'one' },
      { ...guest, what: 'took' },
      { ...line, text: 'two' },
      { ...line, channel: 4, text: 'elsewhere' },
      { ...guest, what: 'gave' },
      { ...line, text: 'three' },
    ]);
    assert.deepEqual(
      commands.map(({ text, typedBy }) => [text, typedBy]),
      [
        ['one', undefined],
        ['two', 'bo'],
        ['elsewhere', undefined],
        ['three', undefined],
      ],
    );
  });
});
