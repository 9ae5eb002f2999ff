import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { ConnectorAddOptions, ConnectorRunOptions } from './commands/connectors.ts';
import type { SetExitCode } from './create-program.ts';

/** Connectors: those that a gateway knows, and one to run. */
export function addConnectors(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  program
    .command('connector')
    .description('run a connector: it dials out to gateways, and carries streams to targets here')
    .option('--config <directory>', 'directory with connector.yaml and targets/', '.')
    .option('--name <name>', 'in place of the name in connector.yaml')
    .addHelpText('after', examples('sallyport connector --config /etc/sallyport-connector'))
    .action(async ({ config, name }: ConnectorRunOptions) =>
      setExitCode(await host.programs.runConnector(config, name)),
    );
  const connectors = program
    .command('connectors')
    .description('who carries streams to targets in other networks');
  connectors
    .command('list')
    .description('list connectors and their tunnels')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport connectors list'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/connectors.ts')).runConnectorList(host, options),
    );
  connectors
    .command('show')
    .description('show one connector')
    .argument('<name>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport connectors show ward-3'))
    .action(async (name: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/connectors.ts')).runConnectorShow(host, name, options),
    );
  connectors
    .command('add')
    .description('let a connector enrol; prints a token that is good once, for an hour')
    .argument('<name>')
    .option(
      '--authority-file <file>',
      'write the authority that gateways prove themselves by there',
    )
    .option('--provider <name>', 'by tokens of workloads of this identity provider, not by a token')
    .option('--claim <name=value...>', 'that these tokens must have')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'sallyport connectors add ward-3 --authority-file ca.pem',
        'sallyport connectors add ward-3 --provider cluster --claim sub=system:serviceaccount:ward:connector',
      ),
    )
    .action(async (name: string, options: ConnectorAddOptions) =>
      (await import('./commands/connectors.ts')).runConnectorAdd(host, name, options),
    );
  connectors
    .command('remove')
    .description('end a connector with all that runs through it, and let it in no more')
    .argument('<name>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport connectors remove ward-3'))
    .action(async (name: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/connectors.ts')).runConnectorRemove(host, name, options),
    );
}
