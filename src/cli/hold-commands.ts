import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { HoldOptions, HoldStartOptions } from './commands/audit-hold.ts';

/** Legal holds: what is held does not expire. They are entries of the ledger, so a gateway is asked. */
export function addHolds(audit: Command, host: CliHost): void {
  const hold = audit.command('hold').description('keep what there is of some days from expiring');
  hold
    .command('list')
    .description('list the holds in force')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport audit hold list'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/audit-hold.ts')).runHoldList(host, options),
    );
  hold
    .command('start')
    .description('begin a hold')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--from <day>', 'first day, in UTC')
    .requiredOption('--until <day>', 'last day, in UTC')
    .requiredOption('--reason <text>', 'why; this goes into the ledger')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples("sallyport audit hold start --from 2026-01-01 --until 2026-01-31 --reason 'case 7'"),
    )
    .action(async (options: HoldStartOptions) =>
      (await import('./commands/audit-hold.ts')).runHoldStart(host, options),
    );
  hold
    .command('end')
    .description('end a hold')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; this goes into the ledger')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples("sallyport audit hold end hold_Xk3nQ0bTz1Ab --reason 'case 7 is closed'"),
    )
    .action(async (id: string, options: HoldOptions) =>
      (await import('./commands/audit-hold.ts')).runHoldEnd(host, id, options),
    );
}
