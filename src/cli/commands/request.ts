import { randomUUID } from 'node:crypto';
import type { components } from '../../api/paths.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { parseLength } from '../parse-length.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine } from '../terminal-text.ts';

export interface RequestOptions extends GatewayOption, JsonOption {
  readonly target: string;
  /** A duration. */
  readonly for: string;
  readonly reason: string;
  readonly breakGlass?: boolean;
}

/** `sallyport request` */
export async function runRequest(
  host: CliHost,
  grant: string,
  options: RequestOptions,
): Promise<void> {
  const { target, reason } = options;
  const body = { grant, target, durationSeconds: parseLength(options.for), reason };
  const { call, read } = await openContract(host, options.gateway);
  const params = { header: { 'Idempotency-Key': randomUUID() } };
  const answer =
    options.breakGlass === true
      ? read(await call.POST('/v1/break-glass', { params, body }))
      : read(await call.POST('/v1/grant-requests', { params, body }));
  if (options.json === true) return host.terminal.printJson(answer);
  printGrantAnswer(host.terminal, answer);
}

/** Says what became of asking for a grant. */
export function printGrantAnswer(
  terminal: Terminal,
  { grant, request }: components['schemas']['GrantAnswer'],
): void {
  if (grant !== undefined) {
    const { id, name, target, endsAt, breakGlass } = grant;
    terminal.say(`${escapeLine(name)} on ${escapeLine(target)} is yours until ${endsAt} (${id}).`);
    if (breakGlass) terminal.say('This is reviewed afterwards, and everybody concerned was told.');
    return;
  }
  if (request === undefined) return;
  const groups = request.rules.map((rule) => rule.groups.join(' or ')).join(' and ');
  terminal.say(`Asked: ${request.id} waits for ${escapeLine(groups)} until ${request.expiresAt}.`);
  terminal.say(`Next: sallyport reviews show ${request.id}`);
}
