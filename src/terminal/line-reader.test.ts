import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EchoQueue } from './echo-queue.ts';
import { LineReader, type TypedLine } from './line-reader.ts';
import { ScreenOutput } from './screen-output.ts';

/** Somebody at a terminal, of whom both directions are written down. */
class Typist {
  readonly #echo = new EchoQueue();
  readonly #output = new ScreenOutput({ columns: 40, rows: 10 }, this.#echo);
  readonly #reader = new LineReader(this.#echo);

  shows(output: string): this {
    this.#output.push(Buffer.from(output));
    return this;
  }

  types(keys: string): this {
    if (!this.#reader.isTyping) this.#reader.beginTyping(this.#output.screen);
    this.#reader.type(Buffer.from(keys));
    return this;
  }

  /** Types what the terminal echoes. */
  echoes(keys: string): this {
    return this.types(keys).shows(keys);
  }

  doubts(): this {
    this.#reader.doubt(this.#output.screen);
    return this;
  }

  interrupts(): this {
    this.types('\x03');
    this.#reader.cancel(this.#output.screen);
    return this;
  }

  enter(): TypedLine {
    const line = this.#reader.read(this.#output.screen);
    this.#reader.endLine(line);
    return line;
  }
}

function certain(text: string): TypedLine {
  return { kind: 'line', text, otherTexts: [], isCertain: true };
}

describe('LineReader', () => {
  it('reads what stands behind the prompt', () => {
    assert.deepEqual(new Typist().shows('me@host:~$ ').echoes('ls -l').enter(), certain('ls -l'));
  });

  it('reads what may be left of a line behind Ctrl-C, until there is a prompt again', () => {
    const typist = new Typist().shows('$ ').echoes('xrm a').interrupts().shows('^C');
    const kept = typist.interrupts().shows('^C').types(' b').shows('\r$ xrm a b').enter();
    assert(kept.kind === 'line' && !kept.isCertain);
    const texts = [kept.text, ...kept.otherTexts];
    assert(
      texts.some((text) => text.startsWith('rm a b')),
      JSON.stringify(kept),
    );
    assert.deepEqual(typist.shows('\r\n$ ').echoes('ls -l').enter(), certain('ls -l'));

    const given = new Typist().shows('$ ').echoes('xrm a').interrupts().shows('^C\r\n$ ');
    assert.deepEqual(given.echoes('ls -l').enter(), certain('ls -l'));
  });

  it('reads a line that is longer than the screen is wide', () => {
    const text = `echo ${'x'.repeat(90)} y`;
    assert.deepEqual(new Typist().shows('$ ').echoes(text).enter(), certain(text));
  });

  it('reads what a search through the history found', () => {
    const typist = new Typist().shows('$ ').types('\x12');
    typist.shows("\r(reverse-i-search)`sys': systemctl stop db");
    assert.deepEqual(typist.enter(), certain('systemctl stop db'));
  });

  it('names all that it may be where a search holds the sign that ends it', () => {
    const typist = new Typist().shows('$ ').types('\x12');
    const line = typist.shows("\r(reverse-i-search)`a': b': rm -rf x").enter();
    assert(line.kind === 'line');
    assert.equal(line.isCertain, false);
    assert.deepEqual([line.text, ...line.otherTexts], ["b': rm -rf x", 'rm -rf x']);
  });

  it('knows the prompt again below a list of completions', () => {
    const typist = new Typist().shows('$ ').echoes('ls k').types('\t\t');
    assert.deepEqual(typist.shows('\r\nkeep  kept\r\n$ ls k').enter(), certain('ls k'));
  });

  it('takes off a prompt at the right', () => {
    const typist = new Typist().shows('$ \x1b[30G12:00:00\x1b[3G');
    assert.deepEqual(typist.echoes('ls').enter(), certain('ls'));
  });

  it('names both texts where a suggestion stands behind the cursor', () => {
    const typist = new Typist().shows('$ ').echoes('rm -rf /');
    const line = typist.shows('\x1b[90mtmp/x\x1b[0m\x1b[5D').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts], ['rm -rf /tmp/x', 'rm -rf /']);
    assert.equal(line.isCertain, false);
  });

  it('is not certain of what the history replaces', () => {
    for (const text of ['!!', '!rm', '^ls^rm', 'sudo !!']) {
      const line = new Typist().shows('$ ').echoes(text).enter();
      assert(line.kind === 'line');
      assert.equal(line.isCertain, false, text);
    }
  });

  it('puts lines together that go on', () => {
    const typist = new Typist().shows('$ ').echoes('for f in a; do');
    assert.deepEqual(typist.enter(), certain('for f in a; do'));
    assert.deepEqual(
      typist.shows('\r\n> ').echoes('rm $f').enter(),
      certain('for f in a; do\nrm $f'),
    );
    const whole = certain('for f in a; do\nrm $f\ndone');
    assert.deepEqual(typist.shows('\r\n> ').echoes('done').enter(), whole);
    assert.deepEqual(typist.shows('\r\n$ ').echoes('id').enter(), certain('id'));
  });

  it('takes lines together and apart where the prompt does not say whether they go on', () => {
    const typist = new Typist().shows('$ ').echoes('rm -rf \\');
    typist.enter();
    const line = typist.shows('\r\n$ ').echoes('/').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts], ['rm -rf \\\n/', '/']);
    assert.equal(line.isCertain, false);
  });

  it('reads what is there without a key', () => {
    const line = new Typist().shows('me@host:~$ rm -rf x').enter();
    assert(line.kind === 'line');
    assert.equal(line.text, 'rm -rf x');
    assert.equal(line.isCertain, false);
  });

  it('finds nothing at a prompt', () => {
    const line = new Typist().shows('me@host:~$ ').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts], ['']);
  });

  it('does not take for a prompt what was typed ahead', () => {
    const line = new Typist().shows('me@host:/new$ rm -rf x # ').echoes('y').enter();
    assert(line.kind === 'line');
    assert.equal(line.isCertain, false);
    assert.ok([line.text, ...line.otherTexts].includes('rm -rf x # y'));
  });

  it('takes both texts where the screen shows other ones than were typed', () => {
    const line = new Typist().shows('$ ').echoes('rm -rf x').shows('\r\x1b[K$ ls').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts], ['ls', 'rm -rf x']);
    assert.equal(line.isCertain, false);
  });

  it('takes the text that an edited line had before something else was shown', () => {
    const typist = new Typist().shows('$ ').echoes('rm -rf xy').types('\x7f').shows('\b \b');
    const line = typist.doubts().shows('\r\x1b[K$ ls').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts], ['ls', 'rm -rf x']);
    assert.equal(line.isCertain, false);
  });

  it('takes both texts where a longer prompt begins like one that is known', () => {
    const typist = new Typist().shows('/a$ ').echoes('true');
    typist.enter();
    const line = typist.shows('\r\n/a$ echo $ ').echoes('rm -rf x').enter();
    assert(line.kind === 'line');
    assert.deepEqual([line.text, ...line.otherTexts].slice(0, 2), ['rm -rf x', 'echo $ rm -rf x']);
    assert.equal(line.isCertain, false);
  });

  it('takes a prompt that it never saw for one on another screen, too', () => {
    const typist = new Typist().shows('\x1b[?1049h\x1b[Hme@host:/tmp$ ').echoes('rm -rf x');
    const line = typist.enter();
    assert(line.kind === 'line');
    assert.equal(line.text, 'rm -rf x');
  });

  it('keeps to the line where Enter was only a character of it', () => {
    for (const prompt of ['$ ', 'go: ', '']) {
      const typist = new Typist().shows(prompt).echoes('ls ').types('\x16');
      typist.enter();
      const line = typist.shows('^O').echoes('; rm -rf x').enter();
      assert(line.kind === 'line');
      assert.equal(line.isCertain, false);
      assert.ok([line.text, ...line.otherTexts].includes('ls ^O; rm -rf x'), prompt);
    }
  });

  it('says what is typed and not shown', () => {
    const typist = new Typist().shows('Password: ').types('hunter2');
    assert.deepEqual(typist.enter(), { kind: 'unseen', typed: 'hunter2' });
  });

  it('leaves full-screen programs alone, but for prompts that it knows', () => {
    const typist = new Typist().shows('$ ').echoes('vim');
    typist.enter();
    typist.shows('\r\n\x1b[?1049h\x1b[Hsome text');
    assert.deepEqual(typist.enter(), { kind: 'full-screen' });
    assert.deepEqual(typist.shows('\r\n$ ').echoes('ls').enter(), certain('ls'));
  });
});
