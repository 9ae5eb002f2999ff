import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';

/** `sallyport tokens list` */
export async function runTokensList(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const answer = read(await call.GET('/v1/tokens'));
  if (json === true) return terminal.printJson(answer);
  if (answer.tokens.length === 0) {
    terminal.say('You have no tokens of this gateway, and no SSH certificate.');
    return;
  }
  const rows = answer.tokens.map(({ id, kind, issuedAt, expiresAt }) => [
    id,
    kind === 'bearer' ? 'token' : 'SSH certificate',
    issuedAt,
    expiresAt,
  ]);
  terminal.print(formatTable(['id', 'kind', 'issued', 'until'], rows));
}

/** `sallyport tokens end` */
export async function runTokensEnd(
  host: CliHost,
  id: string,
  { gateway }: GatewayOption,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  read(await call.POST('/v1/tokens/{id}/end', { params: { path: { id } } }));
  host.terminal.say('Ended. Sessions that live on it end within half a minute.');
}
