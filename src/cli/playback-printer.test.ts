import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlaybackEvent } from '../api/playback-event.ts';
import { PlaybackPrinter } from './playback-printer.ts';
import { Terminal } from './terminal.ts';

async function play(
  events: readonly PlaybackEvent[],
  options = { speed: Number.POSITIVE_INFINITY, idleMaxMs: Number.POSITIVE_INFINITY },
): Promise<string> {
  let text = '';
  const terminal = new Terminal({
    out: (part) => {
      text += part;
    },
    err: () => undefined,
    colours: false,
    interactive: false,
  });
  const printer = new PlaybackPrinter(terminal, options);
  for (const event of events) await printer.show(event, new AbortController().signal);
  printer.finish();
  return text;
}

describe('PlaybackPrinter', () => {
  it('prints a statement with its result as a table', async () => {
    const text = await play([
      {
        kind: 'statement',
        atMs: 83_456,
        text: 'select id, name\nfrom patients',
        parameters: ['7'],
      },
      { kind: 'columns', atMs: 83_457, names: ['id', 'name'] },
      { kind: 'row', atMs: 83_457, values: ['7', 'Ada'] },
      { kind: 'row', atMs: 83_458, values: ['8', null] },
      { kind: 'done', atMs: 83_458, tag: 'SELECT 2' },
    ]);
    assert.equal(
      text,
      '\n00:01:23.456 select id, name\nfrom patients\n  $1 = 7\nid  name\n--  ----\n7   Ada\n8\nSELECT 2\n',
    );
  });

  it('prints rows that no column names came with', async () => {
    const text = await play([{ kind: 'row', atMs: 0, values: ['1'] }]);
    assert.equal(text, 'column 1\n--------\n1\n');
  });

  it('prints errors as a server would', async () => {
    const error = { severity: 'ERROR', code: '42501', message: 'refused', hint: 'ask' } as const;
    const text = await play([{ kind: 'error', atMs: 0, ...error }]);
    assert.equal(text, 'ERROR:  42501: refused\nHINT:  ask\n');
  });

  it('sends nothing of a recording to the terminal as a command', async () => {
    const evil = '\u001b]0;title\u0007\u001b[2J\u009b1m';
    const text = await play([
      { kind: 'statement', atMs: 0, text: evil, parameters: [evil] },
      { kind: 'columns', atMs: 0, names: [evil] },
      { kind: 'row', atMs: 0, values: [evil] },
      { kind: 'done', atMs: 0, tag: evil },
      {
        kind: 'notice',
        atMs: 0,
        severity: evil,
        code: evil,
        message: evil,
        detail: evil,
        hint: evil,
      },
    ]);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('gives up waiting when told to', async () => {
    const terminal = new Terminal({
      out: () => undefined,
      err: () => undefined,
      colours: false,
      interactive: false,
    });
    const printer = new PlaybackPrinter(terminal, { speed: 1, idleMaxMs: 3_600_000 });
    const late: PlaybackEvent = { kind: 'cut', atMs: 3_600_000 };
    await assert.rejects(printer.show(late, AbortSignal.abort()), { name: 'AbortError' });
  });
});
