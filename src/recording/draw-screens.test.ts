import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeStyle } from './describe-row.ts';
import { drawScreens } from './draw-screens.ts';
import type { RecordedEvent, ScreenEvent } from './recorded-event.ts';

const SHELL = {
  kind: 'opened',
  atMs: 0,
  channel: 0,
  what: 'shell',
  text: '',
  account: 'deploy',
  terminal: { columns: 40, rows: 6 },
} as const;

function output(atMs: number, text: string, channel = 0): RecordedEvent {
  return { kind: 'output', atMs, channel, stream: 'stdout', text };
}

async function draw(
  events: readonly RecordedEvent[],
  fromMs = 0,
): Promise<readonly (RecordedEvent | ScreenEvent)[]> {
  const source = (async function* () {
    yield* events;
  })();
  return Array.fromAsync(drawScreens(source, fromMs));
}

/** What was drawn, one text for each frame: changed rows by number. */
function framesOf(events: readonly (RecordedEvent | ScreenEvent)[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'screen'
      ? [
          event.changed
            .map(({ row, runs }) => `${row}:${runs.map(({ text }) => text).join('|')}`)
            .join(' '),
        ]
      : [],
  );
}

describe('drawScreens', () => {
  it('draws what was written at once together, and only the rows that changed', async () => {
    const events = await draw([
      SHELL,
      output(10, '$ ls'),
      output(20, '\r\na b'),
      output(100, '\u001b[31mc\u001b[0md\r\n$ '),
      output(300, '\u001b[2J\u001b[Htop'),
    ]);
    assert.deepEqual(framesOf(events), ['0:$ ls 1:a b', '1:a b|c|d 2:$', '0:top 1: 2:']);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['opened', 'screen', 'screen', 'screen'],
    );
    const [, first] = events;
    assert.partialDeepStrictEqual(first, { columns: 40, rows: 6, cursor: { row: 1, column: 3 } });
  });

  it('follows the size, and the screen of a full-screen program', async () => {
    const events = await draw([
      SHELL,
      output(0, 'before'),
      { kind: 'resize', atMs: 100, channel: 0, columns: 50, rows: 8 },
      output(100, '\u001b[?1049h\u001b[Hvim'),
      output(200, '\u001b[?1049l'),
      { kind: 'exit', atMs: 210, channel: 0, status: 0 },
    ]);
    assert.deepEqual(framesOf(events), ['0:before', '0:vim', '0:before']);
    assert.partialDeepStrictEqual(events[2], { columns: 50, rows: 8 });
    assert.equal(events.at(-1)?.kind, 'exit');
  });

  it('says what came before its start once, as it was then', async () => {
    const events = await draw(
      [
        SHELL,
        output(10, 'a'),
        output(500, 'b'),
        { kind: 'input', atMs: 600, channel: 0, text: 'x' },
        output(1_000, 'c'),
      ],
      550,
    );
    assert.deepEqual(framesOf(events), ['0:ab', '0:abc']);
    assert.equal(events[0]?.kind, 'opened');
  });

  it('leaves what had no terminal as it was', async () => {
    const exec = { ...SHELL, what: 'exec', channel: 1, terminal: undefined } as const;
    const { terminal: _none, ...opened } = exec;
    const events = [opened, output(5, 'x\n', 1), { kind: 'cut', atMs: 6 }] as const;
    assert.deepEqual(await draw(events), events);
  });

  it('lets through nothing of what was written to a terminal but characters, whatever comes', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        '\u001b[',
        '\u001b]52;c;',
        '\u0007',
        '<script>',
        '\u001b[?1049h',
        '\u001b[31m',
        '\u009b',
      ),
      fc.string({ maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
        const events = await draw([SHELL, ...parts.map((text, index) => output(index * 30, text))]);
        for (const event of events) {
          assert(event.kind === 'screen' || event === SHELL);
          // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
          assert.doesNotMatch(JSON.stringify(event), /\\u00[01]|[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 300 },
    );
    // Nor what comes after its end, nor of more terminals than are drawn.
    const many = Array.from({ length: 20 }, (_, channel) => ({ ...SHELL, channel }));
    const late = await draw([
      ...many,
      { kind: 'exit', atMs: 1, channel: 0, status: 0 },
      output(2, '\u001b]52;c;x\u0007', 0),
      output(3, '\u001b]52;c;x\u0007', 19),
    ]);
    assert.equal(late.filter(({ kind }) => kind === 'output').length, 0);
  });

  it('draws what was written last although nothing follows, and stops when it is no longer read', async () => {
    const never = Promise.withResolvers<void>();
    let isClosed = false;
    const live = drawScreens(
      (async function* (): AsyncGenerator<RecordedEvent> {
        try {
          yield SHELL;
          yield output(5, 'now');
          await never.promise;
        } finally {
          isClosed = true;
        }
      })(),
      0,
    );
    await live.next();
    const { value } = await live.next();
    assert.deepEqual(framesOf(value === undefined ? [] : [value]), ['0:now']);
    const closing = live.return();
    never.resolve();
    await closing;
    assert(isClosed);
  });
});

describe('describeStyle', () => {
  it('knows the colours of terminals', () => {
    assert.deepEqual(describeStyle('0'), {});
    assert.deepEqual(describeStyle('0;1;4;7;31;42'), {
      ...{ isBold: true, isUnderlined: true, isInverse: true },
      ...{ foreground: '#cd0000', background: '#00cd00' },
    });
    assert.deepEqual(describeStyle('0;91;103'), { foreground: '#ff0000', background: '#ffff00' });
    assert.deepEqual(describeStyle('0;38;5;208'), { foreground: '#ff8700' });
    assert.deepEqual(describeStyle('0;48;5;255'), { background: '#eeeeee' });
    assert.deepEqual(describeStyle('0;38;2;1;2;300'), { foreground: '#0102ff' });
    assert.deepEqual(describeStyle('0;38;5;999'), {});
    assert.deepEqual(describeStyle('0;3;5;8;9;53'), {});
  });
});
