import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { escapeLine } from '../terminal-text.ts';

export interface HoldOptions extends GatewayOption, JsonOption {
  readonly reason: string;
}

export interface HoldStartOptions extends HoldOptions {
  /** First and last day, in UTC. */
  readonly from: string;
  readonly until: string;
}

/** `sallyport audit hold list` */
export async function runHoldList(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const { holds } = read(await call.GET('/v1/ledger/holds'));
  if (json === true) return terminal.printJson({ holds });
  if (holds.length === 0) return terminal.say('Nothing is held.');
  const rows = holds.map(({ id, from, until, since }) => [id, from, until, since]);
  terminal.print(formatTable(['hold', 'from', 'until', 'since'], rows));
}

/** `sallyport audit hold start` */
export async function runHoldStart(
  host: CliHost,
  { gateway, json, from, until, reason }: HoldStartOptions,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const hold = read(await call.POST('/v1/ledger/holds', { body: { from, until, reason } }));
  if (json === true) return terminal.printJson(hold);
  terminal.say(`${escapeLine(hold.id)} holds all of ${hold.from} to ${hold.until}.`);
}

/** `sallyport audit hold end` */
export async function runHoldEnd(
  host: CliHost,
  id: string,
  { gateway, json, reason }: HoldOptions,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const path = { params: { path: { id } } };
  const left = read(await call.POST('/v1/ledger/holds/{id}/end', { ...path, body: { reason } }));
  if (json === true) return terminal.printJson(left);
  terminal.say(`Ended. ${left.holds.length} holds are left; what is past its time expires.`);
}
