import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { GuardedAction, OperationEntry } from '../../src/protocols/guard.ts';
import { FrameKind, FrameReader } from '../../src/protocols/ssh/recorded-frame.ts';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { ShellSession } from './shell-session.ts';

describe('lines typed in a shell', () => {
  let world: GatewayToSshd;
  before(async () => {
    world = await startGatewayToSshd();
  });
  after(() => world[Symbol.asyncDispose]());
  beforeEach(() => {
    delete world.behaviour.decide;
    world.gateway.log.entries.length = 0;
    world.gateway.log.refusals.length = 0;
    world.gateway.log.reviews.length = 0;
  });

  async function openShell(command = `env PS1='host$ ' bash --norc`): Promise<ShellSession> {
    const place = {
      host: '127.0.0.1',
      port: world.gateway.port,
      username: 'deploy@ward',
      password: TOKEN,
    };
    const session = await ShellSession.open(place, { command });
    await session.waitFor(/host\$ *$/);
    world.gateway.log.entries.length = 0;
    return session;
  }

  /** What was entered of the lines, and who was taken to read them. */
  function lines(entries: readonly OperationEntry[] = world.gateway.log.entries): string[] {
    return entries.map(({ text, detail }) => `${String(detail?.['reader'])}: ${text}`);
  }

  function decideBy(kind: 'deny' | 'review', isMeant: (action: GuardedAction) => boolean): void {
    world.behaviour.decide = (action) => (isMeant(action) ? kind : 'allow');
  }

  it('are entered as they are seen, and empty ones are not', async () => {
    await using session = await openShell();
    session.type('\r');
    session.type('echo a  "b"\x01\x1b[C\r');
    await session.waitFor(/^a b$/m);
    session.type('\r');
    await session.settled();
    assert.deepEqual(lines(), ['shell: echo a  "b"']);
  });

  it('wait for people, and go on when they approve', async () => {
    await using session = await openShell();
    decideBy('review', ({ facts }) => facts['text'] === 'echo done');
    session.type('echo done\r');
    await session.waitFor(/waiting for review by[\s\S]*Press Ctrl-C/);
    assert.doesNotMatch(await session.text(), /^done$/m);
    world.gateway.log.reviews[0]?.answer({
      kind: 'approved',
      requestId: 'req_1',
      reviewers: [],
    } as never);
    await session.waitFor(/^done$/m);
  });

  it('are given up with Ctrl-C while they wait', async () => {
    await using session = await openShell();
    decideBy('review', ({ facts }) => facts['text'] === 'echo done');
    session.type('echo done\r');
    await session.waitFor(/waiting for review/);
    session.type('\x03');
    await session.waitFor(/given up; nothing was run[\s\S]*host\$ *$/);
    session.type('echo "next" one\r');
    await session.waitFor(/^next one$/m);
    assert.doesNotMatch(await session.text(), /^done$/m);
    assert.equal(world.gateway.log.reviews[0]?.withdrawn, 'cancelled');
  });

  it('that are not shown are entered without their text', async () => {
    await using session = await openShell();
    session.type('read -s -p "Password: " word; echo "${#word} long"\r');
    await session.waitFor(/Password: *$/);
    session.type('hunter2');
    session.type('\r');
    await session.waitFor(/7 long$/m);
    assert.deepEqual(lines().slice(1), ['unseen: [typed without being shown]']);
  });

  it('are recorded, but for what is not shown', async () => {
    const frames = new FrameReader();
    const typed: Buffer[] = [];
    world.behaviour.recorder = {
      record(direction, bytes, start, end) {
        if (direction !== 'sent') return;
        for (const { kind, payload } of frames.push(bytes.subarray(start, end)))
          if (kind === FrameKind.input) typed.push(Buffer.from(payload));
      },
      congested: false,
      onDrain: (resume) => resume(),
      limit() {},
      finish: () => Promise.reject(new Error('not in this test')),
    };
    await using session = await openShell();
    delete world.behaviour.recorder;
    session.type('read -s -p "Password: " word; echo "${#word} long"\r');
    await session.waitFor(/Password: *$/);
    session.type('hunter2\r');
    await session.waitFor(/7 long$/m);
    session.type('echo abc\x1b[D\x7f\r');
    await session.waitFor(/^ac$/m);
    const keys = Buffer.concat(typed).toString();
    assert.doesNotMatch(keys, /hunter/);
    assert.match(keys, /word; echo[^\r]*\r\*{7}\recho abc\x1b\[D\x7f\r$/);
  });

  it('of other programs are opaque', async () => {
    await using session = await openShell();
    const seen: GuardedAction[] = [];
    world.behaviour.decide = (action) => {
      seen.push(action);
      return 'allow';
    };
    session.type('python3 -q\r');
    await session.waitFor(/^>>> *$/m);
    session.type('print(6 * 7)\r');
    await session.waitFor(/^42$/m);
    session.type('exit()\r');
    await session.waitFor(/host\$ *$/);
    assert.deepEqual(lines(), ['shell: python3 -q', 'unknown: print(6 * 7)', 'unknown: exit()']);
    assert.ok(
      seen.some(({ facts }) => facts['text'] === 'print(6 * 7)' && facts['opaque'] === true),
    );
  });

  it('of programs that read lines as the terminal gives them', async () => {
    await using session = await openShell();
    session.type('cat\r');
    await session.settled();
    session.type('one two\x7f\x7f\x7fand three\r');
    await session.waitFor(/^one and three$[\s\S]*^one and three$/m);
    session.type('\x04');
    await session.waitFor(/host\$ *$/);
    assert.deepEqual(lines(), ['shell: cat', 'unknown: one and three']);
  });

  it('typed ahead are decided as what they may be', async () => {
    await using session = await openShell();
    decideBy('deny', ({ facts }) => (facts['commands'] as string[]).includes('rm'));
    session.type('sleep 1\r');
    await new Promise((resolve) => setTimeout(resolve, 300));
    session.type('rm -rf keep');
    await session.waitFor(/host\$ rm -rf keep$/);
    session.type('\r');
    await session.waitFor(/refused/);
    assert.deepEqual(
      world.gateway.log.entries.map(({ text }) => text),
      ['sleep 1'],
    );
  });

  it('that a program put there are decided', async () => {
    await using session = await openShell();
    decideBy('deny', ({ facts }) => (facts['commands'] as string[]).includes('rm'));
    session.type(`bind '"\\C-xq": "rm -rf keep"'\r`);
    await session.settled();
    session.type('\x18q');
    await session.settled();
    session.type('\r');
    await session.waitFor(/refused/);
  });

  it('are found behind any prompt', async () => {
    await using session = await openShell();
    decideBy('deny', ({ facts }) => (facts['commands'] as string[]).includes('rm'));
    for (const prompt of ['', '> ', 'a # b $ ', 'go: ', '>>> ', '\\n$(date) \\w\\n-> ']) {
      session.type(`clear; PS1='${prompt}'\r`);
      await session.settled();
      session.type('rm -rf keep\r');
      await session.waitFor(/refused/);
      session.type('\x03');
      await session.settled();
    }
  });

  it('are decided on another screen, too, behind a prompt that is known', async () => {
    await using session = await openShell();
    decideBy('deny', ({ facts }) => (facts['commands'] as string[]).includes('rm'));
    session.type(`printf '\\033[?1049h\\033[H'\r`);
    await session.waitFor(/^host\$ *$/);
    session.type('rm -rf keep\r');
    await session.waitFor(/refused/);
  });

  it('for full-screen programs are decided once, all of them', async () => {
    await using session = await openShell();
    session.type('vim -n -u NONE new.txt\r');
    await session.waitFor(/"new.txt" \[New/);
    session.type('ia\rb\rc\x1b:q!\r');
    await session.waitFor(/host\$ *$/);
    session.type('echo "it" works\r');
    await session.waitFor(/^it works$/m);
    assert.deepEqual(lines(), [
      'shell: vim -n -u NONE new.txt',
      'full-screen: [keys for a program with a screen of its own]',
      'shell: echo "it" works',
    ]);
  });

  it('of a here-document are decided with it', async () => {
    await using session = await openShell();
    for (const line of ['cat <<END', 'one', 'END']) {
      session.type(`${line}\r`);
      await session.settled();
    }
    assert.deepEqual(lines(), [
      'shell: cat <<END',
      'shell: cat <<END\none',
      'shell: cat <<END\none\nEND',
    ]);
  });

  it('survive a change of size', async () => {
    await using session = await openShell();
    session.type('echo a long line that is wrapped when the window becomes narrow');
    await session.settled();
    session.resize({ columns: 40, rows: 10 });
    await session.settled();
    session.type(' now\r');
    await session.settled();
    assert.match(
      lines()[0] ?? '',
      /echo a long line that is wrapped when the window becomes narrow now$/,
    );
  });

  it('sent to a shell without a terminal are decided command by command', async () => {
    decideBy('deny', ({ facts }) => (facts['commands'] as string[]).includes('rm'));
    const script = 'echo one\nfor n in two three; do\necho $n\ndone\nrm -rf keep\necho four\n';
    const outcome = await world.client.run(['-T', USER], script);
    assert.equal(outcome.stdout.toString(), 'one\ntwo\nthree\n');
    assert.match(outcome.stderr, /refused by policy/);
    assert.equal(outcome.status, 1);
    assert.deepEqual(lines().slice(1), [
      'shell: echo one',
      'shell: for n in two three; do\necho $n\ndone',
    ]);
  });

  it('sent to a shell without a terminal may end without a line break', async () => {
    const outcome = await world.client.run(['-T', USER], 'echo "whole" line');
    assert.equal(outcome.stdout.toString(), 'whole line\n');
    assert.equal(outcome.status, 0);
  });
});
