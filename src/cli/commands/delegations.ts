import { randomUUID } from 'node:crypto';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { parseLength } from '../parse-length.ts';
import { escapeLine } from '../terminal-text.ts';

export interface DelegationListOptions extends GatewayOption, JsonOption {
  /** Those that have ended, too. */
  readonly all?: boolean;
}

export interface DelegationCreateOptions extends GatewayOption, JsonOption {
  /** A duration. */
  readonly for: string;
  readonly reason: string;
  readonly group?: readonly string[];
}

/** `sallyport delegations list` */
export async function runDelegationsList(
  host: CliHost,
  { gateway, json, all }: DelegationListOptions,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const query = all === true ? {} : { running: 'true' };
  const { delegations } = read(await call.GET('/v1/delegations', { params: { query } }));
  if (json === true) return terminal.printJson({ delegations });
  if (delegations.length === 0) return terminal.say('There are no such delegations.');
  const rows = delegations.map(({ id, from, to, groups, endsAt, state }) => [
    id,
    from.name,
    to.name,
    groups.join(' '),
    endsAt,
    state,
  ]);
  terminal.print(formatTable(['id', 'from', 'to', 'groups', 'until', 'state'], rows));
}

/** `sallyport delegations create` */
export async function runDelegationsCreate(
  host: CliHost,
  to: string,
  { gateway, json, reason, group, ...options }: DelegationCreateOptions,
): Promise<void> {
  const body = {
    to,
    durationSeconds: parseLength(options.for),
    reason,
    ...(group && { groups: [...group] }),
  };
  const { call, read } = await openContract(host, gateway);
  const delegation = read(
    await call.POST('/v1/delegations', {
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body,
    }),
  );
  if (json === true) return host.terminal.printJson(delegation);
  const { name } = delegation.to;
  host.terminal.say(
    `${escapeLine(name)} reviews in your place until ${delegation.endsAt} (${delegation.id}).`,
  );
}

/** `sallyport delegations end` */
export async function runDelegationsEnd(
  host: CliHost,
  id: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const delegation = read(
    await call.POST('/v1/delegations/{id}/end', { params: { path: { id } } }),
  );
  if (json === true) return host.terminal.printJson(delegation);
  host.terminal.say(`Ended: ${escapeLine(delegation.to.name)} reviews for themselves again.`);
}
