import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GuestEvent } from '../guests.ts';
import { ShellWorld, type ShellWorldOptions } from './shell-world.fixture.ts';

/** Denies what would delete everything below a directory. */
const noDeleting: ShellWorldOptions['decide'] = ({ action, facts }) => {
  const effects = facts['effects'] as readonly string[] | undefined;
  return action === 'ssh.command' && effects?.includes('delete-recursive') ? 'deny' : 'allow';
};

const textOf = (events: readonly GuestEvent[]): string =>
  events
    .flatMap((event) => (event.kind === 'screen' ? event.changed : []))
    .map(({ runs }) => runs.map(({ text }) => text).join(''))
    .join('\n');

describe('a shell with guests', () => {
  it('tells everybody who comes, types and goes', async () => {
    const world = await ShellWorld.open();
    const { seat, left } = world.join('bo');
    assert.match(world.shown, /sallyport: bo has joined, and sees this terminal/);
    const first = await seat.next();
    assert.deepEqual(first[0], { kind: 'keyboard', holder: 'principal', name: '' });
    assert.match(textOf(first), /host\$\n/);
    assert.equal(await world.take(seat), 'taken');
    assert.match(world.shown, /bo has the keyboard; press a key to take it back/);
    assert.deepEqual((await seat.next())[0], { kind: 'keyboard', holder: 'you', name: 'bo' });
    assert.equal(await seat.hold(false), 'given');
    assert.match(world.shown, /the keyboard is yours again/);
    seat.leave('left');
    assert.match(world.shown, /bo has left/);
    assert.deepEqual(left, ['left']);
    assert.deepEqual(await seat.next(), [{ kind: 'left', reason: 'left' }]);
    assert.deepEqual(await seat.next(), []);
  });

  it('runs what a guest types once both may, and enters who typed it before the first key counts', async () => {
    const world = await ShellWorld.open();
    const { seat } = world.join('bo');
    assert.equal(world.guestTypes(seat, 'ls\r'), false, 'has not got the keyboard');
    assert.equal(await world.take(seat), 'taken');
    assert.deepEqual(
      world.log.entries.map(({ actions, detail }) => [actions, detail?.['typedBy']]),
      [[['ssh.shell'], ['bo']]],
    );
    assert.equal(world.guestTypes(seat, 'ls\r'), true);
    world.settle();
    assert.deepEqual(world.host.ran, ['ls']);
    assert.deepEqual(world.lines, ['ls by ["bo"]']);
    await seat.hold(false);
    world.settle();
    world.type('id\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['ls', 'id']);
    assert.deepEqual(world.lines, ['ls by ["bo"]', 'id by []']);
  });

  it('refuses a line of a guest that the principal may not run, and one that the guest may not', async () => {
    for (const options of [{ decide: noDeleting }, { guests: noDeleting }] as ShellWorldOptions[]) {
      const world = await ShellWorld.open(options);
      const { seat } = world.join('bo');
      await world.take(seat);
      world.guestTypes(seat, 'rm -rf /srv\r');
      world.settle();
      assert.deepEqual(world.host.ran, []);
      assert.deepEqual(world.log.refusals[0]?.detail?.['typedBy'], ['bo']);
      world.guestTypes(seat, 'ls\r');
      world.settle();
      assert.deepEqual(world.host.ran, ['ls']);
    }
  });

  it('gives no keyboard to who may have no shell there, and enters that', async () => {
    const world = await ShellWorld.open({
      guests: ({ action }) => (action === 'ssh.shell' ? 'deny' : 'allow'),
    });
    const { seat } = world.join('bo');
    assert.equal(await world.take(seat), 'refused');
    assert.equal(world.guestTypes(seat, 'ls\r'), false);
    world.settle();
    assert.deepEqual(world.host.ran, []);
    assert.deepEqual(world.log.refusals[0]?.actions, ['ssh.shell']);
  });

  it('lets nobody in who may see less than the principal, and nobody stay', async () => {
    const ssn = new Map([['ssn', ['p']]]);
    const options: ShellWorldOptions = { shown: ssn, guestsSee: new Map() };
    const world = await ShellWorld.open(options);
    const admitted = world.terminal.admit(world.describeGuest('bo'), () => undefined);
    assert.equal(admitted, 'sees-less');
    assert.doesNotMatch(world.shown, /bo/);
    options.guestsSee = new Map([['ssn', ['q']]]);
    const { seat, left } = world.join('bo');
    assert.match(textOf(await seat.next()), /host\$/);
    options.guestsSee = new Map();
    const next = seat.next();
    world.type('secret');
    world.settle();
    assert.deepEqual(await next, [{ kind: 'left', reason: 'sees-less' }]);
    assert.deepEqual(left, ['sees-less']);
  });

  it('lets nobody in who may not see what the principal could see before', async () => {
    const options: ShellWorldOptions = { shown: new Map([['ssn', ['p']]]), guestsSee: new Map() };
    const world = await ShellWorld.open(options);
    world.channel.deliver(Buffer.from('123-45-6789\r\n'), 'stdout');
    world.settle();
    // It may no more, and so may the guest; what it was shown is on the screen.
    Object.assign(options, { shown: new Map() });
    const join = (): unknown => world.terminal.admit(world.describeGuest('bo'), () => undefined);
    assert.equal(join(), 'sees-less');
    options.guestsSee = new Map([['ssn', ['q']]]);
    assert.equal(typeof join(), 'object');
  });

  it('gives the keyboard once, however often it is asked for, and not to who does not want it any more', async () => {
    const world = await ShellWorld.open({ sealMs: 50 });
    const { seat } = world.join('bo');
    const wishes = [seat.hold(true), seat.hold(true), seat.hold(false)];
    world.settle();
    assert.deepEqual(await Promise.all(wishes), ['given', 'given', 'given']);
    assert.equal(world.guestTypes(seat, 'ls\r'), false);
    const again = [seat.hold(true), seat.hold(true)];
    world.settle();
    assert.deepEqual(await Promise.all(again), ['taken', 'taken']);
    assert.equal(world.shown.split('bo has the keyboard').length, 2);
  });

  it('tells of nothing that waits, and no more than one screen, however much is written', async () => {
    const world = await ShellWorld.open();
    const { seat } = world.join('bo');
    await seat.next();
    for (let line = 0; line < 5_000; line += 1) {
      world.channel.deliver(Buffer.from(`${line}\r\n`), 'stdout');
    }
    world.settle();
    const events = await seat.next();
    assert.equal(events.length, 1);
    assert.match(textOf(events), /4999/);
    assert.doesNotMatch(textOf(events), /4900/);
  });

  it('gives the keyboard back when the rights of the guest have changed since', async () => {
    const options: ShellWorldOptions = {};
    const world = await ShellWorld.open(options);
    const { seat } = world.join('bo');
    await world.take(seat);
    assert.equal(world.guestTypes(seat, 'l'), true);
    options.guestRights = 'others';
    assert.equal(world.guestTypes(seat, 's\r'), false);
    assert.match(world.shown, /the keyboard is yours again/);
    world.settle();
    assert.deepEqual(world.host.ran, []);
    assert.equal(await world.take(seat), 'taken');
    assert.equal(world.guestTypes(seat, 'ls\r'), true);
  });

  it('asks people about a line of a guest, and says who typed it', async () => {
    const world = await ShellWorld.open({
      decide: ({ action }) => (action === 'ssh.command' ? 'review' : 'allow'),
    });
    const { seat } = world.join('bo');
    await world.take(seat);
    world.guestTypes(seat, 'reboot\r');
    world.settle();
    const [review] = world.log.reviews;
    assert.deepEqual(review?.held.guests, [{ id: 'bo', person: undefined }]);
    assert.equal(review?.held.meaning['typedBy'], '["bo"]');
    assert.deepEqual(world.host.ran, []);
    // The client takes the keyboard back: what waited is given up, whatever people say then.
    world.type('x');
    assert.equal(review?.withdrawn, 'cancelled');
    review?.answer({ kind: 'approved', requestId: 'r', reviewers: [], policyVersion: '' });
    world.settle();
    assert.deepEqual(world.host.ran, []);
  });
});

describe('two who type in one shell', () => {
  it('never make a line of both: what one has typed is cleared when the other has the keyboard', async () => {
    const world = await ShellWorld.open({ decide: noDeleting });
    const { seat } = world.join('bo');
    world.type('rm -rf ');
    assert.equal(await world.take(seat), 'taken');
    world.guestTypes(seat, '/\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['/']);
    world.guestTypes(seat, 'rm -rf ');
    world.type('/');
    world.settle();
    world.type('tmp\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['/', 'tmp']);
  });

  it('decide what a shell does not clear, by what the screen shows and the rights of both', async () => {
    const world = await ShellWorld.open({ guests: noDeleting });
    const { seat } = world.join('bo');
    await world.take(seat);
    // A shell that minds neither Ctrl-C nor Ctrl-U.
    const { host } = world;
    const take = host.take.bind(host);
    host.take = (bytes) => take(Buffer.from(bytes.filter((byte) => byte !== 3 && byte !== 0x15)));
    world.guestTypes(seat, 'rm -rf ');
    world.type('x');
    world.settle();
    world.type('/\r');
    world.settle();
    assert.deepEqual(host.ran, [], 'the guest may not, and typed a part of it');
    assert.deepEqual(world.log.refusals[0]?.detail?.['typedBy'], ['bo']);
  });

  it('both count for a line of which the shell may have kept what the other had typed', async () => {
    const world = await ShellWorld.open({ guests: noDeleting });
    const { seat } = world.join('bo');
    await world.take(seat);
    world.guestTypes(seat, 'rm -rf ');
    world.type('x');
    world.settle();
    world.type('/\r');
    world.settle();
    world.type('ls\r');
    world.settle();
    assert.deepEqual(world.lines, ['/ by ["bo"]', 'ls by []']);
  });

  it('never share a paste: its end from another is none', async () => {
    const world = await ShellWorld.open({ decide: noDeleting });
    const { seat } = world.join('bo');
    world.channel.deliver(Buffer.from('\x1b[?2004h'), 'stdout');
    world.type('\x1b[200~rm -rf /\r');
    assert.equal(await world.take(seat), 'taken');
    world.guestTypes(seat, '\x1b[201~\r');
    world.settle();
    assert.deepEqual(
      world.host.ran.filter((line) => line !== ''),
      [],
    );
    world.guestTypes(seat, 'ls\r');
    world.settle();
    assert.deepEqual(
      world.host.ran.filter((line) => line !== ''),
      ['ls'],
    );
  });

  it('never share an escape sequence', async () => {
    const world = await ShellWorld.open({ decide: noDeleting });
    const { seat } = world.join('bo');
    world.type('ls \x1b[');
    assert.equal(await world.take(seat), 'taken');
    world.guestTypes(seat, 'A\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['A']);
  });

  it('run nothing by what clears a line: no key that one began is ended by it', async () => {
    for (const begun of ['\x18', '\x1b', '\x18\x1b']) {
      const world = await ShellWorld.open({ decide: noDeleting });
      const { seat } = world.join('bo');
      await world.take(seat);
      const { host } = world;
      const take = host.take.bind(host);
      let taken = '';
      host.take = (bytes) => {
        taken += bytes.toString('latin1');
        take(bytes);
      };
      world.guestTypes(seat, 'rm -rf /');
      world.settle();
      // Painted over what was typed: nobody can tell any more what the line is.
      world.channel.deliver(Buffer.from('\r\x1b[Kls'), 'stdout');
      world.settle();
      world.guestTypes(seat, begun);
      await seat.hold(false);
      // Behind Ctrl-X or ESC, bash runs the line with Ctrl-E.
      assert.match(taken, /\x05\x15$/);
      assert.doesNotMatch(taken, /[\x18\x1b]\x05/);
    }
  });

  it('take the keyboard back by a key that does nothing else, but not by a report of the terminal', async () => {
    const world = await ShellWorld.open();
    const { seat } = world.join('bo');
    await world.take(seat);
    world.guestTypes(seat, 'l');
    world.type('\x1b[24;80R');
    world.type('\x1b[I');
    assert.equal(world.guestTypes(seat, 's\r'), true);
    world.settle();
    assert.deepEqual(world.host.ran, ['ls']);
    world.guestTypes(seat, 'who');
    world.type('\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['ls'], 'Enter of the client runs no line of the guest');
    assert.equal(world.guestTypes(seat, 'id\r'), false);
    world.type('id\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['ls', 'id']);
  });

  it('get the keyboard only where no line waits', async () => {
    const world = await ShellWorld.open({ sealMs: 5_000 });
    const { seat } = world.join('bo');
    world.type('ls\r');
    world.clock.pass(1_700);
    assert.equal(await world.take(seat), 'busy');
  });

  it('are one after the other: a second guest takes it from the first', async () => {
    const world = await ShellWorld.open();
    const { seat: first } = world.join('bo');
    const { seat: second } = world.join('cy');
    await world.take(first);
    world.guestTypes(first, 'who');
    assert.equal(await world.take(second), 'taken');
    assert.equal(world.guestTypes(first, 'ami\r'), false);
    world.guestTypes(second, 'ls\r');
    world.settle();
    assert.deepEqual(world.host.ran, ['ls']);
  });

  it('run nothing that was not decided as it stands, however keys and turns fall', async () => {
    const step = fc.oneof(
      fc.record({
        who: fc.constantFrom('client', 'bo', 'cy'),
        keys: fc.constantFrom(
          'rm -rf ',
          '/',
          '\r',
          '\x03',
          '\x1b[A',
          '\x1b[',
          'ls',
          '\x15',
          '\x1b[200~',
          '\x1b[201~',
        ),
      }),
      fc.record({ who: fc.constantFrom('bo', 'cy'), hold: fc.boolean() }),
      fc.record({ waitMs: fc.constantFrom(5, 60, 2_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const world = await ShellWorld.open({ decide: noDeleting, sealMs: 3 });
        const seats = { bo: world.join('bo').seat, cy: world.join('cy').seat };
        for (const one of steps) {
          if ('waitMs' in one) world.clock.pass(one.waitMs);
          else if ('hold' in one) {
            const outcome = seats[one.who].hold(one.hold);
            world.clock.pass(10);
            await outcome;
          } else if (one.who === 'client') world.type(one.keys);
          else world.guestTypes(seats[one.who], one.keys);
        }
        world.settle();
        const bad = world.host.ran.filter((line) => /^rm -rf +\S/.test(line));
        assert.deepEqual(bad, []);
        // Whatever ran stands in the ledger.
        const decided = world.log.entries.map(({ text }) => text.trim());
        for (const line of world.host.ran)
          if (line !== '') assert(decided.includes(line.trim()), line);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a line that is given up while the ledger takes it', () => {
  it('runs nothing: an Enter that came late would run what was typed since', async () => {
    const world = await ShellWorld.open({ decide: noDeleting, sealMs: 50 });
    world.type('ls\r');
    // Until it is being sealed.
    for (let waited = 0; waited < 100 && world.log.sessions[0]?.counts.operations === 0; waited++) {
      world.clock.pass(1);
    }
    world.channel.receive(Buffer.from('\x03'));
    world.channel.receive(Buffer.from('rm -rf /'));
    world.settle();
    assert.deepEqual(world.host.ran, []);
  });
});
