import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { ExportReplayOptions } from './commands/exports.ts';
import type { SetExitCode } from './create-program.ts';

/** Looking after what sends the ledger to other systems. */
export function addExports(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const exports = program
    .command('exports')
    .description('look after what sends the ledger to other systems');
  exports
    .command('list')
    .description('list the exports of the gateway')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport exports list'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/exports.ts')).runExportsList(host, options),
    );
  exports
    .command('status')
    .description('show one export; fails if it fails')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<name>')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport exports status siem'))
    .action(async (name: string, options: GatewayOption & JsonOption) => {
      const { runExportsStatus } = await import('./commands/exports.ts');
      setExitCode(await runExportsStatus(host, name, options));
    });
  exports
    .command('replay')
    .description('send everything from an instant on again; this goes into the ledger')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<name>')
    .requiredOption('--from <start>', 'a duration such as 24h, or an instant')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport exports replay siem --from 24h'))
    .action(async (name: string, options: ExportReplayOptions) =>
      (await import('./commands/exports.ts')).runExportsReplay(host, name, options),
    );
}
