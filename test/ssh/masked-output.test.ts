import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';
import { describeGateway, ShellSession } from './shell-session.ts';

const SSN = '633-80-8456';
/** Sees everything, and nothing. */
const SEEING = 'ana';
const BLIND = 'noor';
const POLICIES = `
@id("all") permit (principal, action, resource);
@id("hide") forbid (principal == User::"clinic:${BLIND}", action == Action::"reveal", resource);
`;
const CSV = `name,ssn,ward\nZzyx Qwop,${SSN},north\n`;

describe('what programs on a host write', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({
      policies: POLICIES,
      target: [
        [
          ['dataMap'],
          {
            files: {
              '/**/people.csv': {
                format: 'csv',
                fields: { name: 'name', ssn: 'ssn', ward: 'none' },
              },
            },
            customClasses: { 'study-id': { title: 'Study identifier', mask: 'redact' } },
            detectors: [{ name: 'study', class: 'study-id', pattern: '\\bST-\\d{5}\\b' }],
          },
        ],
      ],
    });
    await writeFile(join(world.sshd.home, 'people.csv'), CSV);
    await writeFile(join(world.sshd.home, 'note.txt'), `seen ${SSN}, enrolled ST-12345\n`);
  });
  after(() => world[Symbol.asyncDispose]());

  async function run(subject: string, command: string): Promise<ProgramOutcome> {
    const options = await world.optionsFor(subject);
    return runProgram('ssh', [...options, `${TARGET}@127.0.0.1`, command]);
  }

  it('is as it is for who may see everything', async () => {
    const outcome = await run(SEEING, 'cat note.txt; cat note.txt >&2');
    assert.equal(outcome.stdout, `seen ${SSN}, enrolled ST-12345\n`);
    assert.equal(outcome.stderr, outcome.stdout);
  });

  it('is looked through on both streams for who may not', async () => {
    const outcome = await run(BLIND, 'cat note.txt; cat note.txt >&2; exit 3');
    assert.equal(outcome.stdout, 'seen [ssn], enrolled [study-id]\n');
    assert.equal(outcome.stderr, outcome.stdout);
    assert.equal(outcome.code, 3);
  });

  it('is looked through however slowly it comes', async () => {
    const slowly = `for c in ${Array.from(SSN).join(' ')}; do printf %s $c; sleep 0.03; done; echo`;
    const { stdout } = await run(BLIND, slowly);
    assert.match(stdout, /^\d{0,3}\D*\n$/);
  });

  it('keeps every byte of what holds nothing, at any size', async () => {
    const { stdout } = await run(
      BLIND,
      `yes 'nothing but words' | head -c 20000000 | sha256sum; yes 'nothing but words' | head -c 20000000`,
    );
    assert.equal(stdout.length, 20_000_068);
  });

  it('is masked by the data map where a command shows a file that it describes', async () => {
    const { stdout } = await run(BLIND, `cat ${world.sshd.home}/people.csv`);
    assert.equal(stdout.split('\n')[0], 'name,ssn,ward');
    assert.match(stdout, /,north\n$/);
    assert.doesNotMatch(stdout, /Zzyx|8456/);
    assert.equal((await run(SEEING, `cat ${world.sshd.home}/people.csv`)).stdout, CSV);
  });

  it('is not shown where a command reads such a file in another way', async () => {
    const { stdout, stderr, code } = await run(BLIND, `cut -d, -f1 ${world.sshd.home}/people.csv`);
    assert.equal(stdout, '');
    assert.match(stderr, /nothing is shown: the data map masks a file/);
    assert.equal(code, 1);
  });

  it('is not shown where the name of such a file has no known place', async () => {
    const above = `../${basename(world.sshd.home)}/people.csv`;
    for (const file of [
      'people.csv',
      '~/people.csv',
      above,
      `< ${above}`,
      '"$PWD/people.csv"',
      '/proc/self/cwd/people.csv',
      `${world.sshd.home}/p*.csv`,
      './peopl[e].csv',
    ]) {
      const { stdout, stderr } = await run(BLIND, `cat ${file}`);
      assert.equal(stdout, '', file);
      assert.match(stderr, /name it by its whole path/, file);
      assert.equal((await run(SEEING, `cat ${file}`)).stdout, CSV, file);
    }
    assert.match((await run(BLIND, 'cat note.txt')).stdout, /seen/);
  });

  it('is not shown where such a file is found beneath a directory, or named by another program', async () => {
    const { home } = world.sshd;
    const find = `find ${home} -maxdepth 1 -name 'peo*'`;
    for (const command of [
      `rgrep Zzyx ${home}`,
      `gzip -rc ${home} | gzip -dc`,
      `${find} -print0 | sort --files0-from=-`,
      `${find} | tar -cPf - -T -`,
      `${find} | tar cPfT - -`,
    ]) {
      const { stdout, stderr } = await run(BLIND, command);
      assert.equal(stdout, '', command);
      assert.match(stderr, /name it by its whole path/, command);
      assert.match((await run(SEEING, command)).stdout, /Zzyx/, command);
    }
  });

  it('is not shown where a script that is sent to a shell reads such a file', async () => {
    const options = await world.optionsFor(BLIND);
    for (const file of [join(world.sshd.home, 'people.csv'), 'people.csv', '"$PWD"/people.csv']) {
      const { stdout, stderr, code } = await runProgram(
        'ssh',
        [...options, '-T', `${TARGET}@127.0.0.1`],
        { input: `echo before\ncat ${file}\necho behind\n` },
      );
      assert.equal(stdout, 'before\n', file);
      assert.match(stderr, /nothing is shown/, file);
      assert.equal(code, 1, file);
    }
  });

  it('is not shown in a terminal where a command reads such a file, which is not changed either', async () => {
    const options = await world.optionsFor(BLIND);
    const file = join(world.sshd.home, 'people.csv');
    for (const command of [`cat ${file}`, `cp ${file} ${file}.copy; cat ${file}.copy`]) {
      const { stdout } = await runProgram('ssh', [
        ...[...options, '-tt', `${TARGET}@127.0.0.1`, command],
      ]);
      assert.doesNotMatch(stdout, /Zzyx/, command);
    }
    await assert.rejects(stat(`${file}.copy`));
  });

  it('is not shown where a line typed in a shell names such a file', async () => {
    await using session = await ShellSession.open(describeGateway(world, BLIND), {
      command: `env PS1='host$ ' bash --norc`,
      size: { columns: 160, rows: 24 },
    });
    await session.waitFor(/host\$ *$/);
    for (const [line, why] of [
      [`cat ${world.sshd.home}/people.csv`, /read it with sftp/],
      ['cut -d, -f1 people.csv', /name it by its whole path/],
      ['cat p*.csv', /name it by its whole path/],
      ['cd ..; cat "$OLDPWD/people.csv"', /name it by its whole path/],
    ] as const) {
      session.type(`clear; ${line}\r`);
      await session.settled();
      assert.match(await session.text(), why, line);
    }
    assert.doesNotMatch(session.received, /north/);
    session.type('clear; cat note.txt\r');
    await session.waitFor(/^seen \*{11}/m);
  });

  it('is masked in a terminal, by the detectors of the target, too', async () => {
    await using session = await ShellSession.open(describeGateway(world, BLIND), {
      command: 'cat note.txt; sleep 1',
    });
    await session.waitFor(/^seen \*{11}, enrolled \*{8}$/m);
    assert.doesNotMatch(session.received, /8456|12345/);
  });

  it('is masked in a terminal however slowly it comes', async () => {
    const slowly = `for c in ${Array.from(SSN).join(' ')}; do printf %s $c; sleep 0.03; done; echo; sleep 1`;
    await using session = await ShellSession.open(describeGateway(world, BLIND), {
      command: slowly,
    });
    await session.waitFor(/^\*{11}$/m);
    await session.settled();
    const drawn = session.received.replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
    assert.match(drawn, /^\D*(?:\d\D*){0,3}$/);
  });

  it('hides a table whose header left the terminal long ago', async () => {
    const table = `printf ' name | ward\\n------+------\\n'; for i in $(seq 200); do echo " Zzyx Qwop | $i"; done`;
    await using session = await ShellSession.open(describeGateway(world, BLIND), {
      command: `${table}; echo end of it; sleep 1`,
    });
    await session.waitFor(/end of it/);
    assert.doesNotMatch(session.received, /Zzyx/);
  });
});
