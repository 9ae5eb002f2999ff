import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';

/** Gateways: those on one store. */
export function addGateways(program: Command, host: CliHost): void {
  const gateways = program.command('gateways').description('who serves sessions');
  gateways
    .command('list')
    .description('list the processes of all gateways on the store, and what is wrong with them')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport gateways list'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/gateways.ts')).runGatewayList(host, options),
    );
}
