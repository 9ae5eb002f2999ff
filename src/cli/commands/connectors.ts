import { writeFile } from 'node:fs/promises';
import type { ConnectorView, TunnelView, WorkloadView } from '../../api/connector.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatCount } from '../format-count.ts';
import { formatTable } from '../format-table.ts';
import { sayProblems } from '../say-problems.ts';
import { escapeLine } from '../terminal-text.ts';

/** Options of `sallyport connector`. */
export interface ConnectorRunOptions {
  readonly config: string;
  readonly name?: string;
}

/** Options of `sallyport connectors add`. */
export interface ConnectorAddOptions extends GatewayOption, JsonOption {
  readonly authorityFile?: string;
  readonly provider?: string;
  /** `name=value`. */
  readonly claim?: readonly string[];
}

/** `sallyport connectors list` */
export async function runConnectorList(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const { connectors } = read(await call.GET('/v1/connectors'));
  if (json === true) return terminal.printJson({ connectors });
  if (connectors.length === 0) return terminal.say('There are no connectors.');
  terminal.print(
    formatTable(
      ['connector', 'state', 'tunnels', 'streams', 'targets', 'identity until'],
      connectors.map((connector) => [
        connector.name,
        connector.state,
        String(connector.tunnels.length),
        String(sumStreams(connector)),
        [...new Set(connector.tunnels.flatMap(({ targets }) => targets))].join(' '),
        connector.certificateExpiresAt ?? '',
      ]),
    ),
  );
  for (const { name, problems } of connectors) sayProblems(terminal, name, problems);
}

/** `sallyport connectors show` */
export async function runConnectorShow(
  host: CliHost,
  name: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const path = { params: { path: { name } } };
  const connector = read(await call.GET('/v1/connectors/{name}', path));
  if (json === true) return terminal.printJson(connector);
  terminal.print(`${escapeLine(connector.name)}: ${connector.state}`);
  sayProblems(terminal, connector.name, connector.problems);
  if (connector.tunnels.length === 0) return;
  terminal.print(
    formatTable(
      ['gateway', 'state', 'since', 'from', 'version', 'streams', 'targets', 'unreachable'],
      connector.tunnels.map(describeTunnel),
    ),
  );
}

/** `sallyport connectors add` */
export async function runConnectorAdd(
  host: CliHost,
  name: string,
  options: ConnectorAddOptions,
): Promise<void> {
  const { gateway, json, authorityFile } = options;
  const { terminal } = host;
  const workload = readWorkload(options);
  const { call, read } = await openContract(host, gateway);
  const body = { name, ...(workload !== undefined && { workload }) };
  const added = read(await call.POST('/v1/connectors', { body }));
  if (authorityFile !== undefined) await writeFile(authorityFile, added.authority);
  if (json === true) return terminal.printJson(added);
  if (authorityFile === undefined) terminal.print(added.authority.trim());
  else terminal.say(`The authority of the gateways is in ${escapeLine(authorityFile)}.`);
  if (added.token === undefined) return terminal.say(`${name} enrols by tokens of its workload.`);
  terminal.say(`${name} enrols once, within an hour, by this token:`);
  terminal.print(added.token);
}

/** `sallyport connectors remove` */
export async function runConnectorRemove(
  host: CliHost,
  name: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const path = { params: { path: { name } } };
  const left = read(await call.POST('/v1/connectors/{name}/remove', path));
  if (json === true) return terminal.printJson(left);
  const count = formatCount(left.connectors.length, 'connector');
  terminal.say(`Removed. Its tunnels end. Left: ${count}.`);
}

function sumStreams({ tunnels }: ConnectorView): number {
  // Each tunnel tells the streams of the whole connector.
  return Math.max(0, ...tunnels.map(({ streams }) => streams));
}

function describeTunnel(tunnel: TunnelView): string[] {
  const { log, state, since, remoteAddress, version, streams, targets, unreachable } = tunnel;
  return [
    ...[log, state, since, remoteAddress, version, String(streams)],
    targets.join(' '),
    unreachable.join(' '),
  ];
}

function readWorkload({ provider, claim = [] }: ConnectorAddOptions): WorkloadView | undefined {
  if (provider === undefined) {
    if (claim.length === 0) return undefined;
    throw new CliError(EXIT.usage, '--claim needs --provider');
  }
  const claims = claim.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliError(EXIT.usage, '--claim must be name=value');
    return [text.slice(0, at), text.slice(at + 1)];
  });
  if (claims.length === 0) throw new CliError(EXIT.usage, '--provider needs --claim');
  return { provider, claims: Object.fromEntries(claims) };
}
