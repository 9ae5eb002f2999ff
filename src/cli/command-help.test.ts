import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { runForOutcome } from './cli-outcome.fixture.ts';
import type { CliHost } from './command-context.ts';
import { createProgram } from './create-program.ts';

const PROGRAM = createProgram({ version: '1.2.3' } as CliHost, () => undefined);

/** Each command that is run, with the words that lead to it. */
function listCommands(
  { commands }: Command,
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly command: Command }[] {
  return commands
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const own = [...path, command.name()];
      return [{ path: own, command }, ...listCommands(command, own)];
    });
}

describe('the help of every command', () => {
  it('says which options must be given, and of every argument what it is', async () => {
    let required = 0;
    for (const { path, command } of listCommands(PROGRAM)) {
      const { out } = await runForOutcome([...path, '--help']);
      const count = command.options.filter(({ mandatory }) => mandatory).length;
      const help = out.replaceAll(/\s+/g, ' ');
      assert.equal(help.match(/\(required\)/g)?.length ?? 0, count, path.join(' '));
      required += count;
      for (const argument of command.registeredArguments) {
        const isPlain = command.registeredArguments.every(({ description }) => description === '');
        assert(isPlain || argument.description !== '', `${path.join(' ')}: ${argument.name()}`);
      }
    }
    assert(required > 10, `${required} options that must be given`);
  });
});
