import { targetListSchema } from '../../api/target.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { formatTable } from '../format-table.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';

/** `sallyport targets` */
export async function runTargets(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const opened = await SignedInGateway.open(host, gateway);
  const answer = await opened.get(targetListSchema, { path: '/v1/targets' });
  if (json === true) return terminal.printJson(answer);
  if (answer.targets.length === 0) {
    terminal.say('There is no target that you may connect to. Ask whoever keeps the policies.');
    return;
  }
  const rows = answer.targets.map(({ name, kind, database, account, url, description, labels }) => [
    name,
    kind,
    // One of them.
    database + account + (url ?? ''),
    Object.entries(labels)
      .map(([label, value]) => `${label}=${value}`)
      .join(' '),
    description,
  ]);
  terminal.print(formatTable(['target', 'kind', 'opens', 'labels', 'description'], rows));
  const { ssh } = opened.known.configuration;
  const kinds = new Set(answer.targets.map(({ kind }) => kind));
  if (kinds.has('postgres')) terminal.say('Next: sallyport psql <target>');
  if (kinds.has('ssh') && ssh !== undefined) terminal.say(`Next: ssh <target>.${ssh.suffix}`);
  const site = answer.targets.find(({ kind, url }) => kind === 'http' && url !== undefined);
  if (site?.url !== undefined) {
    terminal.say(`Next: curl -H "Authorization: Bearer $(sallyport token)" ${site.url}/`);
  }
}
