import { randomUUID } from 'node:crypto';
import type { components } from '../../api/paths.ts';
import { formatDuration } from '../../configuration/quantity.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { parseLength } from '../parse-length.ts';
import { escapeLine } from '../terminal-text.ts';
import { printGrantAnswer } from './request.ts';

export interface GrantListOptions extends GatewayOption, JsonOption {
  readonly mine?: boolean;
  /** Those that have ended, too. */
  readonly all?: boolean;
  readonly target?: string;
}

export interface GrantKindOptions extends GatewayOption, JsonOption {
  readonly target?: string;
}

export interface GrantExtendOptions extends GatewayOption, JsonOption {
  /** A duration. */
  readonly for: string;
  readonly reason: string;
}

export interface GrantRevokeOptions extends GatewayOption, JsonOption {
  readonly reason: string;
}

/** Grants that one command prints. */
const LISTED_MAX = 100;

/** `sallyport grants list` */
export async function runGrantsList(host: CliHost, options: GrantListOptions): Promise<void> {
  const { terminal } = host;
  const { mine, all, target } = options;
  const { call, read } = await openContract(host, options.gateway);
  const { grants } = read(
    await call.GET('/v1/grants', {
      params: {
        query: {
          limit: LISTED_MAX,
          ...(mine === true && { mine: 'true' }),
          ...(all !== true && { inForce: 'true' }),
          ...(target !== undefined && { target }),
        },
      },
    }),
  );
  if (options.json === true) return terminal.printJson({ grants });
  if (grants.length === 0) return terminal.say('There are no such grants that you may see.');
  terminal.print(formatTable(['id', 'grant', 'who', 'target', 'until', 'state'], grants.map(row)));
}

function row(grant: components['schemas']['Grant']): readonly string[] {
  const { id, name, principal, target, endsAt, state, end } = grant;
  return [id, name, principal.name, target, endsAt, end?.kind ?? state];
}

/** `sallyport grants kinds` */
export async function runGrantKinds(
  host: CliHost,
  { gateway, json, target }: GrantKindOptions,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const query = target === undefined ? {} : { target };
  const { grantKinds } = read(await call.GET('/v1/grant-kinds', { params: { query } }));
  if (json === true) return terminal.printJson({ grantKinds });
  if (grantKinds.length === 0) return terminal.say('The configuration names no grants.');
  const rows = grantKinds.map((kind) => [
    kind.name,
    formatDuration(kind.durationSecondsMax * 1_000),
    kind.mayRequest ?? '',
    kind.mayBreakGlass === undefined ? '' : kind.mayBreakGlass ? 'yes' : 'no',
    kind.description,
  ]);
  terminal.print(formatTable(['grant', 'at most', 'request', 'break glass', 'description'], rows));
}

/** `sallyport grants extend` */
export async function runGrantsExtend(
  host: CliHost,
  id: string,
  options: GrantExtendOptions,
): Promise<void> {
  const body = { durationSeconds: parseLength(options.for), reason: options.reason };
  const { call, read } = await openContract(host, options.gateway);
  const answer = read(
    await call.POST('/v1/grants/{id}/extend', {
      params: { path: { id }, header: { 'Idempotency-Key': randomUUID() } },
      body,
    }),
  );
  if (options.json === true) return host.terminal.printJson(answer);
  printGrantAnswer(host.terminal, answer);
}

/** `sallyport grants revoke` */
export async function runGrantsRevoke(
  host: CliHost,
  id: string,
  { gateway, json, reason }: GrantRevokeOptions,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const grant = read(
    await call.POST('/v1/grants/{id}/revoke', { params: { path: { id } }, body: { reason } }),
  );
  if (json === true) return host.terminal.printJson(grant);
  const { name, principal, target } = grant;
  const what = `${escapeLine(name)} of ${escapeLine(principal.name)} on ${escapeLine(target)}`;
  host.terminal.say(`Revoked ${what}.`);
}
