import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ShellWorld, type ShellWorldOptions } from './shell-world.fixture.ts';

const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[H-- editor --';

describe('keys for a program that has the screen', () => {
  it('are decided once, and again when the rights change while it has the screen', async () => {
    const options: ShellWorldOptions = {};
    const world = await ShellWorld.open(options);
    world.host.onOutput(ALTERNATE_SCREEN);
    world.settle();
    // An editor shows no prompt.
    world.host.onOutput = () => undefined;
    for (const keys of [':!one\r', ':!two\r']) {
      world.type(keys);
      world.settle();
    }
    assert.deepEqual(world.host.ran, [':!one', ':!two']);
    assert.equal(world.lines.length, 1);
    options.decide = ({ action }) => (action === 'ssh.command' ? 'deny' : 'allow');
    options.rights = 'after the grant';
    world.type(':!three\r');
    world.settle();
    assert.deepEqual(world.host.ran, [':!one', ':!two']);
    assert.deepEqual(world.log.refusals.at(-1)?.actions, ['ssh.command']);
    delete options.decide;
    options.rights = 'with another grant';
    world.type(':!four\r');
    world.settle();
    assert.equal(world.lines.length, 2);
    assert.equal(world.host.ran.length, 3);
  });
});
