import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compileDetectors } from '../../src/masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../../src/masking/detectors/open-tail.ts';
import { OutputMask } from '../../src/terminal/output-mask.ts';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { describeGateway, describeHost, ShellSession } from './shell-session.ts';
import { type ShownTerminal, showInTerminal } from './xterm-screen.ts';

const SIZE = { columns: 80, rows: 24 };
const POLICIES = `@id("all") permit (principal, action, resource) unless { action == Action::"reveal" };`;
const PLAIN = Array.from({ length: 60 }, (_, index) => `line ${index} of a text with words only`);
const SECRET = PLAIN.map((line, index) =>
  index % 7 === 3 ? `${line} 633-80-${8456 + index}` : line,
);

interface Program {
  readonly command: (file: string) => string;
  readonly started: RegExp;
  /** Keys, each with what the screen shows afterwards. */
  readonly steps: readonly (readonly [string, RegExp])[];
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  vim: {
    command: (file) => `vim -n -u NONE -N ${file}`,
    started: /line 22 of[\s\S]*"/,
    steps: [
      ['\x06', /line 40 of/],
      ['ggOnew text\x1b', /^new text/m],
      [':vsplit\r', /text\s.*new text/],
      ['\x17\x17/line 30\r', /line 30 of/],
    ],
  },
  less: {
    command: (file) => `less ${file}`,
    started: /line 22 of/,
    steps: [
      [' ', /line 45 of/],
      ['/line 5 of\r', /line/],
      ['G', /END/],
      ['kkk', /line 56 of/],
    ],
  },
  tmux: {
    // Its status line has the time in it.
    command: (file) =>
      `tmux -L t$$ -f /dev/null new-session 'head -12 ${file}; exec cat' ';' set status off`,
    started: /line 11 of/,
    steps: [['\x02%', /│\S*[$#]/]],
  },
};

describe('full-screen programs', () => {
  let world: SshEnvironment;
  let detectors: OutputDetectors;
  before(async () => {
    detectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
    world = await startSshEnvironment({
      policies: POLICIES,
      target: [[['dataMap'], { output: 'inspect' }]],
    });
    await writeFile(join(world.sshd.home, 'plain.txt'), `${PLAIN.join('\n')}\n`);
    await writeFile(join(world.sshd.home, 'secret.txt'), `${SECRET.join('\n')}\n`);
  });
  after(() => world[Symbol.asyncDispose]());

  async function run(program: Program, file: string, isDirect: boolean): Promise<ShownTerminal[]> {
    const command = program.command(file);
    const place = isDirect ? await describeHost(world) : describeGateway(world, 'ana');
    await using session = await ShellSession.open(place, { command, size: SIZE });
    await session.waitFor(program.started);
    const shown = [await session.settled()];
    for (const [keys, wanted] of program.steps) {
      session.type(keys);
      await session.waitFor(wanted);
      shown.push(await session.settled());
    }
    return shown;
  }

  for (const [name, program] of Object.entries(PROGRAMS)) {
    it(`${name} looks as it does without a gateway`, async () => {
      const direct = await run(program, 'plain.txt', true);
      assert.deepEqual(await run(program, 'plain.txt', false), direct);
    });

    it(`${name} shows stars and nothing else otherwise where values are`, async () => {
      const direct = await run(program, 'secret.txt', true);
      const masked = await run(program, 'secret.txt', false);
      for (const [step, shown] of masked.entries()) {
        differsInStarsOnly(shown, direct[step] as ShownTerminal);
        assert.doesNotMatch(shown.rows.join('\n'), /633-80-\d{4}/);
      }
    });
  }

  it('top looks as it does without a mask, however it is cut', async () => {
    const command = 'top -d 0.5';
    const place = await describeHost(world);
    await using session = await ShellSession.open(place, { command, size: SIZE });
    await session.waitFor(/PID[\s\S]*top/);
    session.type('1');
    await session.waitFor(/Cpu0/);
    const raw = Buffer.from(session.received);
    const direct = await showInTerminal([raw], SIZE);
    for (const bytes of [1, 7, 1_000, raw.length]) {
      const mask = new OutputMask(SIZE, detectors);
      const sent: Buffer[] = [];
      for (let from = 0; from < raw.length; from += bytes) {
        sent.push(mask.push(raw.subarray(from, from + bytes)));
      }
      sent.push(mask.end());
      assert.deepEqual(await showInTerminal([Buffer.concat(sent)], SIZE), direct);
    }
  });
});

function differsInStarsOnly(masked: ShownTerminal, direct: ShownTerminal): void {
  assert.deepEqual(masked.cursor, direct.cursor);
  for (const [index, row] of direct.rows.entries()) {
    const shown = Array.from(masked.rows[index] ?? '');
    const readable = shown
      .map((character, at) => (character === '*' ? row[at] : character))
      .join('');
    assert.equal(readable, row, `row ${index}: ${shown.join('')}`);
  }
}
