import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { finish, untilPrinted } from './openssh-client.ts';

/** Waits for people. */
const COMMAND = 'echo "approved [$SALLYPORT_REASON]"';

describe('programs that OpenSSH starts through the gateway', () => {
  let world: GatewayToSshd;
  before(async () => {
    world = await startGatewayToSshd(['AcceptEnv *']);
  });
  after(() => world[Symbol.asyncDispose]());
  beforeEach(() => {
    delete world.behaviour.decide;
    delete world.behaviour.isLedgerWritable;
  });

  it('print on both streams and end with their status', async () => {
    const outcome = await world.client.run([USER, 'echo out; echo err >&2; exit 7']);
    assert.equal(outcome.stdout.toString(), 'out\n');
    assert.equal(outcome.stderr, 'err\n');
    assert.equal(outcome.status, 7);
    assert.partialDeepStrictEqual(world.gateway.log.entries.at(-1), {
      text: 'echo out; echo err >&2; exit 7',
      actions: ['ssh.exec'],
      relations: [],
    });
  });

  it('end by a signal as they would directly', async () => {
    // OpenSSH reports a program that a signal ended as 255.
    const outcome = await world.client.run([USER, 'kill -TERM $$']);
    assert.equal(outcome.status, 255);
  });

  it('get all of their input and its end', async () => {
    const input = randomBytes(3_000_000);
    const outcome = await world.client.run([USER, 'sha256sum'], input);
    const digest = createHash('sha256').update(input).digest('hex');
    assert.equal(outcome.stdout.toString(), `${digest}  -\n`);
  });

  it('print much on stderr without losing a byte of either stream', async () => {
    const command = 'head -c 5000000 /dev/zero | tr "\\0" e >&2; head -c 3000000 /dev/zero';
    const outcome = await world.client.run([USER, command]);
    assert.equal(outcome.stderr, 'e'.repeat(5_000_000));
    assert.equal(outcome.stdout.length, 3_000_000);
  });

  it('get the variables that the target lists, and no others', async () => {
    const outcome = await world.client.run(
      ['-o', 'SendEnv=LANG LC_NAME LD_PRELOAD GIT_SSH_COMMAND', USER, 'env'],
      '',
      { LC_NAME: 'de_DE.UTF-8', LD_PRELOAD: '', GIT_SSH_COMMAND: 'evil' },
    );
    const printed = outcome.stdout.toString();
    assert.match(printed, /^LANG=C\.UTF-8$/m);
    assert.match(printed, /^LC_NAME=de_DE\.UTF-8$/m);
    assert.doesNotMatch(printed, /GIT_SSH_COMMAND|LD_PRELOAD/);
  });

  it('do not start where a policy denies them, and the connection goes on', async () => {
    world.behaviour.decide = ({ facts }) => (facts['text'] === 'reboot' ? 'deny' : 'allow');
    const { gateway } = world;
    const before = gateway.log.entries.length;
    const outcome = await world.client.run([USER, 'reboot']);
    assert.equal(outcome.status, 1);
    assert.match(
      outcome.stderr,
      /^sallyport: refused by policy "none": not here\nNothing was run\./,
    );
    assert.equal(gateway.log.entries.length, before);
    assert.equal(gateway.log.refusals.at(-1)?.text, 'reboot');
  });

  it('do not start where their decision cannot be made durable', async () => {
    world.behaviour.isLedgerWritable = () => false;
    const outcome = await world.client.run([USER, 'touch /tmp/never']);
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, /the ledger cannot be written/);
    assert.equal(world.gateway.log.ends.at(-1), 'client-left');
  });

  it('wait for people, who are told what would run, and run once they agree', async () => {
    world.behaviour.decide = () => 'review';
    const { reviews } = world.gateway.log;
    const child = world.client.start([
      '-o',
      'SetEnv=SALLYPORT_REASON="ticket 4711"',
      USER,
      COMMAND,
    ]);
    const done = finish(child);
    await untilPrinted(child, 'Press Ctrl-C to give up.');
    const review = reviews.at(-1);
    assert.equal(review?.held.operation.text, COMMAND);
    assert.equal(review.held.justification, 'ticket 4711');
    assert.equal(review.held.meaning['account'], 'deploy');
    review.answer({
      kind: 'approved',
      requestId: 'req_1',
      reviewers: ['idp:petra'],
      policyVersion: '1',
    });
    const outcome = await done;
    assert.equal(
      outcome.stdout.toString(),
      'approved []\n',
      'the program does not hear of the reason',
    );
    assert.equal(outcome.status, 0);
    assert.match(outcome.stderr, /^sallyport: waiting for review by leads \(request req_\d+\)\n/);
    assert.equal(world.gateway.log.entries.at(-1)?.detail?.['outcome'], 'approved');
  });

  it('are not run, and the reason is told, if people say no', async () => {
    world.behaviour.decide = () => 'review';
    const child = world.client.start([USER, 'echo never']);
    const done = finish(child);
    await untilPrinted(child, 'Press Ctrl-C to give up.');
    world.gateway.log.reviews.at(-1)?.answer({
      kind: 'rejected',
      requestId: 'req_1',
      reviewer: { id: 'idp:petra', name: 'Petra\u001b[31m' },
      comment: 'not today',
    });
    const outcome = await done;
    assert.equal(outcome.status, 1);
    assert.equal(outcome.stdout.toString(), '');
    assert.match(
      outcome.stderr,
      /rejected in review by Petra\ufffd\[31m \(request req_1\)\nnot today\n/,
    );
  });

  it('are given up with the connection: nobody is asked about what nobody waits for', async () => {
    world.behaviour.decide = () => 'review';
    const child = world.client.start([USER, 'echo never']);
    const done = finish(child);
    await untilPrinted(child, 'Press Ctrl-C to give up.');
    const closed = world.gateway.log.ends.length;
    child.kill('SIGINT');
    await done;
    await waitFor(() => world.gateway.log.ends.length > closed);
    assert.equal(world.gateway.log.reviews.at(-1)?.withdrawn, 'disconnected');
  });

  it('are given up by Ctrl-C in a terminal', async () => {
    world.behaviour.decide = () => 'review';
    const child = world.client.start(['-tt', USER, 'echo never']);
    const done = finish(child);
    await untilPrinted(child, 'Press Ctrl-C to give up.');
    child.stdin.write('\u0003');
    const outcome = await done;
    assert.equal(outcome.status, 130);
    assert.equal(world.gateway.log.reviews.at(-1)?.withdrawn, 'cancelled');
  });

  it('are refused as subsystems other than sftp, and as commands that are no text', async () => {
    const subsystem = await world.client.run(['-s', USER, 'netconf']);
    assert.equal(subsystem.status, 1);
    assert.match(subsystem.stderr, /there is no subsystem but sftp/);
    const entries = world.gateway.log.entries.length;
    const child = world.client.start([USER, Buffer.from([0x65, 0xff]).toString('latin1')]);
    child.stdin.end();
    assert.equal((await finish(child)).status, 127);
    assert.equal(world.gateway.log.entries.length, entries + 1);
  });

  it('do not start for whom the target is not, and the client is told why', async () => {
    world.behaviour.refuseAdmission = 'target "ward" does not exist, or you may not connect to it';
    try {
      const outcome = await world.client.run([USER, 'id']);
      assert.equal(outcome.status, 1);
      assert.match(
        outcome.stderr,
        /^sallyport: target "ward" does not exist, or you may not connect/,
      );
    } finally {
      delete world.behaviour.refuseAdmission;
    }
  });

  it('end with a word when somebody ends the session', async () => {
    const child = world.client.start([USER, 'echo up; sleep 60']);
    const done = finish(child);
    await untilPrinted(child, 'up');
    world.gateway.log.sessions.at(-1)?.abort('stopped');
    const outcome = await done;
    assert.equal(outcome.status, 255);
    assert.match(outcome.stderr, /sallyport: somebody ended the session/);
    assert.equal(world.gateway.log.ends.at(-1), 'stopped');
  });
});

/** Resolves once something is so; the test runner's own timeout is the limit. */
async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
