import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { EXIT } from './cli-error.ts';
import { runForOutcome } from './cli-outcome.fixture.ts';
import type { CliHost } from './command-context.ts';
import { createProgram } from './create-program.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const PROGRAM = createProgram({ version: '1.2.3' } as CliHost, () => undefined);

/** Names of other things, as they stand in pages: a note in the ledger, an application_name. */
const NO_COMMANDS: readonly string[] = ['ledger key change', 'catalog'];

/** Pages that say what is so now. Records of decisions say what was. */
function listPages(): readonly string[] {
  const folders = ['.', 'docs', 'docs/protocols', 'deploy'];
  return folders.flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder))
      .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
      .map((name) => join(folder, name)),
  );
}

/** What follows `sallyport` in commands to type, and in code within paragraphs. */
function listCommandLines(text: string): readonly string[] {
  const typed = text.matchAll(/^ *(?:\$ )?(?:bin\/)?sallyport ([^\n]*)$/gm);
  const quoted = text.replaceAll(/^ *```[^]*?^ *``` *$/gm, '').matchAll(/`sallyport ([^`]*)`/g);
  return [...typed, ...quoted].map(([, line = '']) => line);
}

/** Words without comments, and without what a shell makes of the rest: values in quotes are one word. */
function splitWords(line: string): readonly string[] {
  const [command = ''] = line
    .replaceAll(/'[^']*'|"[^"]*"/g, 'value')
    .split(/ {2}| (?:[|>&#]|< )|[;)…]/, 1);
  return command
    .replaceAll(/[[\]\\]/g, '')
    .split(' ')
    .filter(Boolean);
}

/** What of a command line is not as the commands are. Undefined if all is. */
function findWrong(line: string): string | undefined {
  let command: Command = PROGRAM;
  const words = splitWords(line)[Symbol.iterator]();
  for (const word of words) {
    if (word === '--') return undefined;
    if (word !== '-' && word.startsWith('-')) {
      const wrong = skipOption(command, word, words);
      if (wrong !== undefined) return wrong;
      continue;
    }
    const child = command.commands.find((one) => one.name() === word);
    // Behind an argument of psql, everything is psql's.
    if (command.name() === 'psql') return undefined;
    if (child === undefined && command.registeredArguments.length === 0) {
      return /^[A-Z<]/.test(word) ? undefined : `${command.name()} has no command ${word}`;
    }
    command = child ?? command;
  }
  return undefined;
}

function skipOption(
  command: Command,
  word: string,
  words: Iterator<string, unknown>,
): string | undefined {
  const [name = '', value] = word.split('=', 2);
  if (['-h', '--help', '-V', '--version'].includes(name)) return undefined;
  const option = command.options.find(({ long, short }) => long === name || short === name);
  if (option === undefined) return `${command.name()} has no option ${name}`;
  if (option.required && value === undefined) words.next();
  return undefined;
}

describe('the documentation of the command line', () => {
  it('has commands and options only that there are', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const page of listPages()) {
      for (const line of listCommandLines(readFileSync(join(CHECKOUT, page), 'utf8'))) {
        count += 1;
        const found = NO_COMMANDS.includes(line) ? undefined : findWrong(line);
        if (found !== undefined) wrong.push(`${page}: sallyport ${line}: ${found}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert(count > 100, String(count));
  });

  it('is told wrong from right', () => {
    assert.equal(findWrong('sessions play ID --from 1:20 --speed 4'), undefined);
    assert.equal(findWrong("psql hospital -- --csv -c 'x'"), undefined);
    assert.equal(findWrong('sessions watch ID'), 'sessions has no command watch');
    assert.equal(findWrong('gateways list --all  # all'), 'list has no option --all');
  });

  it('has each command, and each exit code, as the help has', async () => {
    const page = readFileSync(join(CHECKOUT, 'docs/cli.md'), 'utf8');
    for (const command of PROGRAM.commands) {
      assert.match(page, new RegExp(`sallyport ${command.name()}\\b`), command.name());
    }
    const { out } = await runForOutcome(['--help']);
    for (const code of Object.values(EXIT)) {
      assert.match(page, new RegExp(`^\\| ${code} \\|`, 'm'));
      assert.match(out, new RegExp(`^(?:Exit codes:)?.* ${code} \\w`, 'm'), String(code));
    }
  });
});
