import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signInAs } from './oidc-sign-in.ts';

/** What a `sallyport` command printed and how it ended. */
export interface CommandOutcome {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

/** One person's command line: sign-ins are kept in a home of its own. */
export interface SallyportCommand {
  run(...commandArguments: readonly string[]): Promise<CommandOutcome>;
  /** Signs in by device code; the person confirms it on the provider's page. */
  signIn(gatewayUrl: string, authorityFile: string): Promise<CommandOutcome>;
}

const PROGRAM = fileURLToPath(new URL('../src/bin/cli.ts', import.meta.url));
const COMMAND_TIMEOUT_MS = 120_000;

/** The command line as `person` uses it. */
export async function openSallyportCommand(
  directory: string,
  person: string,
): Promise<SallyportCommand> {
  const home = join(directory, 'homes', person);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const run = (
    commandArguments: readonly string[],
    onText: (printed: string) => void,
  ): Promise<CommandOutcome> => {
    const child = spawn(process.execPath, [PROGRAM, ...commandArguments], {
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onText(output + errors);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      onText(output + errors);
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ output, errors, code }));
    });
  };
  return {
    run: (...commandArguments) => run(commandArguments, () => undefined),
    signIn: async (gatewayUrl, authorityFile) => {
      let confirmation: Promise<unknown> | undefined;
      const outcome = await run(
        ['login', '--gateway', gatewayUrl, '--ca', authorityFile, '--device'],
        (printed) => {
          const url = /^\s*(https?:\/\/\S+)\n/m.exec(printed)?.[1];
          if (url === undefined) return;
          confirmation ??= signInAs(person, url, AbortSignal.timeout(COMMAND_TIMEOUT_MS));
        },
      );
      await confirmation;
      return outcome;
    },
  };
}
