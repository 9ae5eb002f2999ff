import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram, runSsh, startProgram } from './run-program.ts';

/** Relative to the account's home; deleted by whatever slips through. */
const PRECIOUS = 'precious';

const POLICIES = `
@id("all") permit (principal, action, resource);

@id("no-wipe")
@reason("nobody deletes the charts")
forbid (principal, action in Action::"ssh.run", resource)
when {
  context.effects.contains("delete-recursive") && context.paths.containsAny(["/", "~", "~/${PRECIOUS}", "?"])
};

@id("services")
@review("privacy-officers")
@reason("services are stopped with a second pair of eyes")
forbid (principal, action == Action::"ssh.exec", resource)
when { context.effects.contains("service-control") };

@id("agents-show-what-they-run")
@reason("agents run what can be read")
forbid (principal is Workload, action in Action::"ssh.run", resource)
when { context.opaque };

@id("no-way-around")
@reason("nothing hidden from people of the pharmacy")
forbid (principal == User::"test:noor", action in Action::"ssh.run", resource)
when { context.opaque };

@id("no-startup")
@reason("what a shell reads when it starts stays as it is")
forbid (principal, action in Action::"ssh.run", resource)
when { context.effects.contains("startup") };

@id("only-looks")
@reason("mia looks, and changes nothing")
forbid (principal == User::"test:mia", action in Action::"ssh.run", resource)
unless { context.writes.isEmpty() && context.effects.isEmpty() };

@id("no-interpreters")
forbid (principal == User::"test:petra", action == Action::"ssh.exec", resource)
when { context.effects.contains("interpreter") };
`;

describe('Commands that OpenSSH sends through the gateway', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({
      policies: POLICIES,
      sshd: { settings: ['AcceptEnv *'] },
      gateway: [[['identity', 'providers', 0, 'name'], 'test']],
    });
    await mkdir(join(world.sshd.home, PRECIOUS), { recursive: true, mode: 0o777 });
    await writeFile(join(world.sshd.home, PRECIOUS, 'chart'), 'x');
  });
  after(() => world[Symbol.asyncDispose]());

  const ssh = (subject: string, ...command: readonly string[]): Promise<ProgramOutcome> =>
    runSsh(world, subject, [TARGET, ...command]);

  async function assertRefused(subject: string, command: string, policy: string): Promise<void> {
    const { stderr, code } = await ssh(subject, command);
    assert.notEqual(code, 0, command);
    assert.match(stderr, new RegExp(`sallyport: refused by policy "${policy}"`), command);
    assert.deepEqual(await readdir(join(world.sshd.home, PRECIOUS)), ['chart'], command);
  }

  it('run as they are where nothing forbids it', async () => {
    const { stdout, code } = await ssh('ana', 'printf \'%s\\n\' "a b" | tr a c; exit 3');
    assert.deepEqual([stdout, code], ['c b\n', 3]);
  });

  it('are refused for what they do, however it is written', async () => {
    const texts = [
      `rm -rf ${PRECIOUS}`,
      `r\\m -r ./${PRECIOUS}/`,
      `$'\\x72m' -rf ~/"precious"`,
      `cd ${PRECIOUS} && rm -rf .`,
      'rm -rf *',
      `x=${PRECIOUS}; rm -rf "$x"`,
      `find ${PRECIOUS} -delete`,
      `find . -name chart -exec rm {} \\;`,
      `echo ${PRECIOUS} | xargs rm -rf`,
      `sh -c 'rm -rf ${PRECIOUS}'`,
      `env -i /bin/rm -rf ${PRECIOUS}`,
      `timeout 5 nice rm -rf ${PRECIOUS}`,
      `cat <<E\n$(rm -rf ${PRECIOUS})\nE`,
      `if true; then (rm -rf ${PRECIOUS}); fi`,
      'rm -rf /',
    ];
    for (const text of texts) await assertRefused('ana', text, 'no-wipe');
  });

  it('are refused where programs that mostly read would write', async () => {
    await writeFile(join(world.sshd.home, 'two'), 'b\nb\n');
    const { stdout, code } = await ssh('mia', 'uniq -c two');
    assert.deepEqual([stdout.trim(), code], ['2 b', 0]);
    for (const text of ['uniq two three', 'xxd -r two three', 'uniq t*']) {
      await assertRefused('mia', text, 'only-looks');
    }
    assert(!(await readdir(world.sshd.home)).includes('three'));
  });

  it('are refused where they write a file that the shell reads, named without a directory', async () => {
    await writeFile(join(world.sshd.home, 'lines'), 'id\n');
    for (const text of [
      'sort -o.profile lines',
      'sort --output=.profile lines',
      'cp lines .profile',
      'curl -so .profile "file://$PWD/lines"',
      'curl -so.profile "file://$PWD/lines"',
    ]) {
      await assertRefused('ana', text, 'no-startup');
    }
    assert.notEqual(
      await readFile(join(world.sshd.home, '.profile'), 'utf8').catch(() => ''),
      'id\n',
    );
  });

  it('are refused where their text hides what they run, and the client is told why', async () => {
    const encoded = Buffer.from(`rm -rf ${PRECIOUS}`).toString('base64');
    const texts = [
      `echo ${encoded} | base64 -d|sh`,
      `eval "rm -rf ${PRECIOUS}"`,
      `x=rm; $x -rf ${PRECIOUS}`,
      `alias ls='rm -rf ${PRECIOUS}'\nls`,
      `python3 -c 'import shutil; shutil.rmtree("${PRECIOUS}")'`,
      `tar cf /dev/null --checkpoint=1 --checkpoint-action=exec='rm -rf ${PRECIOUS}' .profile`,
      `git -c alias.x='!rm -rf ${PRECIOUS}' x`,
      `PS4='$(rm -rf ${PRECIOUS})' bash -xc true`,
      `BASH_ENV=/tmp/x bash -c true`,
      `cp /bin/rm ./x; ./x -r ${PRECIOUS}`,
      `/bin/r? -r ${PRECIOUS}`,
      `x=xrmx; \${x:1:2} -r ${PRECIOUS}`,
      `x86_64 rm -rf ${PRECIOUS}`,
      `uclampset -m 1 rm -rf ${PRECIOUS}`,
      `perl5.36-x86_64-linux-gnu -e 'system "rm -rf ${PRECIOUS}"'`,
      `vim.basic -es -c '!rm -rf ${PRECIOUS}' -c q`,
      'vi',
      'bash',
      `[[ a && rm -rf ${PRECIOUS} ]]`,
    ];
    for (const text of texts) await assertRefused('noor', text, 'no-way-around|no-wipe');
    const { stderr } = await ssh('noor', 'echo aWQ= | base64 -d|sh');
    assert.match(stderr, /does not show all that it would do: an interpreter runs what/);
  });

  it('give agents no shell, and nothing that hides what it runs', async () => {
    const shell = await runSsh(world, 'ci-claims', [TARGET], { input: `rm -r ${PRECIOUS}\n` });
    assert.match(shell.stderr, /refused by policy "agents-show-what-they-run"/);
    await assertRefused('ci-claims', 'echo x | sh', 'agents-show-what-they-run');
    const { stdout } = await ssh('ci-claims', 'ls precious | wc -l');
    assert.equal(stdout.trim(), '1');
  });

  it('see a script that the client sends as input, not only as text', async () => {
    const options = { input: `rm -r ${PRECIOUS}\n` };
    const { stderr } = await runSsh(world, 'noor', [TARGET, 'bash -s'], options);
    assert.match(stderr, /refused by policy "no-way-around"/);
    const here = await ssh('petra', "sh <<'E'\nid\nE");
    assert.match(here.stderr, /refused by policy "no-interpreters"/);
  });

  it('wait for review where they control services, and run once they are approved', async () => {
    const running = startProgram('ssh', [
      ...(await world.optionsFor('ana')),
      `${TARGET}@127.0.0.1`,
      'systemctl --version >/dev/null; systemctl stop no-such-unit; echo ran',
    ]);
    const id = await new Promise<string>((resolve) => {
      let told = '';
      running.child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        const [, found] = /\(request ([\w-]+)\)/.exec(told) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    await world.callApi('petra', 'POST', `/v1/requests/${id}/reviews`, { verdict: 'approve' });
    const { stdout } = await running.outcome;
    assert.match(stdout, /ran\n$/);
  });

  it('get no variable that makes programs others, even if the client sends it', async () => {
    const environment = {
      LD_PRELOAD: '',
      BASH_ENV: '/tmp/x',
      GIT_SSH_COMMAND: 'rm',
      LC_ALL: 'zh_TW.BIG5',
      LC_NAME: 'de_DE.UTF-8',
    };
    const { stdout } = await runProgram(
      'ssh',
      [
        ...(await world.optionsFor('ana')),
        ...['-o', `SendEnv=${Object.keys(environment).join(' ')}`],
        `${TARGET}@127.0.0.1`,
        'env',
      ],
      { environment },
    );
    assert.match(stdout, /^LC_NAME=de_DE.UTF-8$/m);
    assert.doesNotMatch(stdout, /LD_PRELOAD|BASH_ENV|GIT_SSH|BIG5/);
  });
});
