import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { sayProblems } from '../say-problems.ts';

/** `sallyport gateways list` */
export async function runGatewayList(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const list = read(await call.GET('/v1/gateways'));
  if (json === true) return terminal.printJson(list);
  terminal.print(
    formatTable(
      ['gateway', 'process', 'state', 'version', 'since', 'last seen', 'sessions'],
      list.processes.map((process) => [
        ...[process.gateway, process.log, process.state, process.version],
        ...[process.since, process.seenAt, String(process.sessions)],
      ]),
    ),
  );
  for (const { log, problems } of list.processes) sayProblems(terminal, log, problems);
}
