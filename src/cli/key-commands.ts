import type { Command } from 'commander';
import type { CliHost } from './command-context.ts';
import { examples, JSON_HELP } from './command-help.ts';
import type { KeysOptions } from './commands/keys.ts';
import type { SetExitCode } from './create-program.ts';

const CONFIG_FLAG = ['--config <directory>', 'configuration directory', '.'] as const;

/** The keys of what is kept. */
export function addKeys(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const keys = program.command('keys').description('look at the keys of ledger and recordings');
  keys
    .command('check')
    .description('try whether the master key opens all that it has to')
    .option(...CONFIG_FLAG)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport keys check --config /etc/sallyport'))
    .action(async (options: KeysOptions) => {
      setExitCode(await (await import('./commands/keys.ts')).runKeysCheck(host, options));
    });
  keys
    .command('rewrap')
    .description('move all keys to the configured master key, from those before it')
    .option(...CONFIG_FLAG)
    .addHelpText('after', examples('sallyport keys rewrap --config /etc/sallyport'))
    .action(async (options: KeysOptions) =>
      (await import('./commands/keys.ts')).runKeysRewrap(host, options),
    );
}
