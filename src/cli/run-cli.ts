import { type Command, CommanderError, Help, type Option } from 'commander';
import { CliError, EXIT } from './cli-error.ts';
import type { CliHost } from './command-context.ts';
import { createProgram } from './create-program.ts';
import type { Terminal } from './terminal.ts';
import { escapeText } from './terminal-text.ts';

/**
 * Runs one command.
 *
 * @param args Without the program's name.
 * @returns The exit code.
 */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(host, (code) => {
    exitCode = code;
  });
  // Settings are inherited by commands when they are added, so all of them are told.
  for (const command of listCommands(program)) {
    command.configureHelp({ optionDescription: describeOption });
    command.exitOverride().configureOutput({
      writeOut: (text) => host.terminal.print(text.trimEnd()),
      writeErr: (text) => host.terminal.say(text.trimEnd()),
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (host.signal.aborted) return EXIT.interrupted;
    return report(host.terminal, error);
  }
}

/** As commander does, and that it must be given. */
function describeOption(option: Option): string {
  const description = new Help().optionDescription(option);
  return option.mandatory ? `${description} (required)` : description;
}

/** Codes of the errors of other folders that mean more than a failure. */
const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  ERR_LOGIN_DECLINED: EXIT.refused,
  ERR_LOGIN_PROVIDER: EXIT.unreachable,
  ERR_LOGIN_REQUIRED: EXIT.notSignedIn,
  ERR_LOGIN_TIMEOUT: EXIT.notSignedIn,
};

const HINT_BY_CODE: Readonly<Record<string, string>> = {
  ERR_CONFIGURATION:
    'So it is in the configuration directory that was looked into: --config DIRECTORY names another.',
  ERR_LOGIN_PROVIDER:
    'Clocks that differ, and what else can be in the way, are found by: sallyport doctor',
  ERR_LOGIN_REQUIRED: 'Sign in first: sallyport login',
  ERR_LOGIN_TIMEOUT: 'Try again: sallyport login',
};

const OTHERS_FILES = 'Run it as the account that these files belong to.';

function report(terminal: Terminal, error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  terminal.say(`${terminal.style('red', 'sallyport:')} ${escapeText(message)}`);
  if (error instanceof CliError) {
    if (error.hint !== undefined) terminal.say(escapeText(error.hint));
    return error.exitCode;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Ports, too, can be out of reach: these have no path.
  const isFile = error instanceof Error && 'path' in error && /^(?:EACCES|EPERM)$/.test(code);
  const hint = isFile ? OTHERS_FILES : HINT_BY_CODE[code];
  if (hint !== undefined) terminal.say(hint);
  return EXIT_BY_CODE[code] ?? EXIT.failure;
}

/** A command with all that are below it. */
function listCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(listCommands)];
}
