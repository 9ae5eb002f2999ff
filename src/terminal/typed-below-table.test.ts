import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { EchoQueue } from './echo-queue.ts';
import { OutputMask } from './output-mask.ts';
import { ScreenOutput } from './screen-output.ts';
import { StreamMask } from './stream-mask.ts';

/** Tables whose first column says what it holds, and whose first does not. */
const TABLES: readonly string[] = [
  'mrn,ward\n12,north\n13,south\n',
  'id,first_name,mrn,ward\n1,zzyx,55,north\n2,qwop,56,south\n',
  'mrn;ward;first_name\n12;north;zzyx\n',
];
const PROMPTS: readonly string[] = [
  'alice@ward:~$ ',
  '$ ',
  '> ',
  'Continue? [Y/n] ',
  '(y/n) ',
  'Password for x: ',
];
const LINES: readonly string[] = [
  'ls -la /srv',
  'cut -d, -f1 x',
  "awk -F';' '{print $1,$2}' x",
  'echo a,b,c,d; ls, pwd | sort',
];

let detectors: OutputDetectors;

/** Somebody in front of a terminal, and the shell there. Each step is looked at as it comes, and a while later. */
class Terminal {
  readonly #echo = new EchoQueue();
  readonly #output: OutputMask;
  readonly #client: ScreenOutput;

  constructor(size = { columns: 60, rows: 12 }) {
    this.#output = new OutputMask(size, detectors, this.#echo);
    this.#client = new ScreenOutput(size);
  }

  /** What the client sees. */
  get text(): string {
    return this.#client.screen.buffer.rows.map((row) => row.text().trimEnd()).join('\n');
  }

  /** The last line of it that is not empty. */
  get line(): string {
    return this.text.trimEnd().split('\n').at(-1) ?? '';
  }

  shows(text: string): void {
    this.#client.push(this.#output.push(Buffer.from(text.replaceAll('\n', '\r\n'))));
  }

  waits(): void {
    this.#client.push(this.#output.flush());
  }

  presses(keys: string): void {
    this.#echo.typed(Buffer.from(keys));
  }

  /** Types key by key, and says what stands there behind each, at once and after a while. */
  *types(text: string): Generator<string> {
    for (const key of text) {
      this.presses(key);
      this.shows(key);
      yield this.line;
      this.waits();
      yield this.line;
    }
  }
}

describe('lines that are typed below a table', () => {
  before(() => {
    detectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
  });

  it('are shown key by key, and stay', () => {
    for (const table of TABLES) {
      for (const prompt of PROMPTS) {
        for (const line of LINES) {
          const terminal = new Terminal();
          terminal.shows(`$ cat p.csv\n${table}`);
          terminal.waits();
          terminal.shows(prompt);
          assert.equal(terminal.line, prompt.trimEnd(), 'a prompt is shown at once');
          terminal.waits();
          let typed = prompt;
          for (const [step, shown] of [...terminal.types(line)].entries()) {
            if (step % 2 === 0) typed += line[step / 2];
            assert.equal(shown, typed.trimEnd());
          }
          terminal.shows('\nx\n');
          terminal.waits();
          assert(terminal.text.includes(`\n${prompt}${line}\nx`), terminal.text);
          assert.doesNotMatch(terminal.text, /zzyx|qwop/);
        }
      }
    }
  });

  it('are shown where the shell has them from its history, and draws the line anew', () => {
    for (const table of TABLES) {
      for (const line of LINES) {
        for (const repaint of ['', '\r\x1b[K$ ', '\r$ ', '\x1b[H\x1b[2J$ ']) {
          const terminal = new Terminal();
          terminal.shows(table);
          terminal.shows('$ ');
          terminal.waits();
          terminal.presses('\x1b[A');
          terminal.shows(`${repaint}${line}`);
          terminal.waits();
          assert.equal(terminal.line, `$ ${line}`);
          terminal.presses('\x1b[A');
          terminal.shows(`\r\x1b[K$ ${line}, a`);
          terminal.waits();
          assert.equal(terminal.line, `$ ${line}, a`);
          terminal.shows('\nx\n');
          assert.match(terminal.text, /, a\nx/);
        }
      }
    }
  });

  it('are shown where they run over the end of a row, below a row without room', () => {
    const size = { columns: 20, rows: 8 };
    const terminal = new Terminal(size);
    terminal.shows(`mrn,ward\n12,${'n'.repeat(size.columns - 3)}\n`);
    terminal.shows('$ ');
    terminal.waits();
    const line = `cut -d, -f1 ${'x,'.repeat(20)}`;
    assert.equal([...terminal.types(line)].at(-1), `$ ${line}`.slice(-(`$ ${line}`.length % 20)));
    assert(terminal.text.replaceAll('\n', '').includes(`$ ${line}`));
  });

  it('are never stars for the table alone, whatever they stand behind', () => {
    const text = fc.stringMatching(/^[a-z, ;|"]{1,30}$/);
    fc.assert(
      fc.property(fc.constantFrom(...TABLES), text, text, (table, question, line) => {
        const terminal = new Terminal({ columns: 80, rows: 12 });
        terminal.shows(table);
        // No point: behind one, what is typed may be a domain (`a.ca`).
        terminal.shows(`-${question}!`);
        terminal.waits();
        for (const [step, shown] of [...terminal.types(line)].entries()) {
          const typed = line.slice(0, Math.floor(step / 2) + 1);
          const behind = shown.padEnd(80).slice(question.length + 2);
          assert.equal(behind.slice(0, typed.length), typed);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take the mask of no row away: keys that a program answers with values', () => {
    const terminal = new Terminal();
    terminal.shows(`$ stty -echo; cat p.csv\n${TABLES[1]}`);
    for (let row = 0; row < 9; row++) {
      terminal.presses('3');
      terminal.shows('3,zzyx,57,north\n');
      terminal.waits();
    }
    assert.doesNotMatch(terminal.text, /zzyx|57/);
    terminal.shows('$ ');
    assert.equal([...terminal.types('cat p.csv')].at(-1), '$ cat p.csv');
    terminal.shows(`\n${TABLES[1]}`);
    assert.doesNotMatch(terminal.text, /zzyx|qwop/);
  });
});

describe('output without a terminal below a table', () => {
  before(() => {
    detectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
  });

  it('shows what asks for an answer after a while', () => {
    for (const table of TABLES) {
      for (const prompt of [...PROMPTS, 'Delete 5,3? [y/N] ', 'Really (yes or no) ']) {
        const stream = new StreamMask(detectors);
        stream.push(Buffer.from(table));
        stream.push(Buffer.from(prompt));
        assert.match(stream.flush().toString(), /[ $>:]$/, prompt);
        assert.equal(stream.isHolding, false, prompt);
      }
    }
  });

  it('shows how far a program is as soon as it writes over its line', () => {
    const stream = new StreamMask(detectors);
    stream.push(Buffer.from('mrn,ward\n12,north\n'));
    const shown = ['Done 1 of 10', '\rDone 2 of 10', '\rDone 3 of 10'].map((part) => {
      stream.push(Buffer.from(part));
      return stream.flush().toString();
    });
    assert.deepEqual(shown, ['', 'Done 1 of 10\rDone 2 of 10', '\rDone 3 of 10']);
  });
});
