import { randomUUID } from 'node:crypto';
import type { components } from '../../api/paths.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { printRequest } from '../print-request.ts';
import { escapeLine } from '../terminal-text.ts';

type AccessRequest = components['schemas']['AccessRequest'];

/** What a list is narrowed down by; without anything, what waits for whoever asks. */
export interface ReviewListOptions extends GatewayOption, JsonOption {
  readonly mine?: boolean;
  readonly all?: boolean;
  readonly kind?: AccessRequest['kind'];
  readonly state?: AccessRequest['state'];
  readonly target?: string;
}

export interface VerdictOptions extends GatewayOption, JsonOption {
  readonly comment?: string;
}

/** Access requests that one command prints. */
const LISTED_MAX = 100;

/** Characters of what is asked for in a list; `show` has all of it. */
const WHAT_LENGTH_MAX = 200;

/** `sallyport reviews list` */
export async function runReviewsList(host: CliHost, options: ReviewListOptions): Promise<void> {
  const { terminal } = host;
  const { mine, all, kind, state, target } = options;
  const { call, read } = await openContract(host, options.gateway);
  const own = mine === true;
  const query = {
    ...(own && { mine: 'true' }),
    // What waits for the asker, unless something else is asked for.
    ...(!own && all !== true && state === undefined && { reviewable: 'true' }),
    ...(kind && { kind }),
    ...(state && { state }),
    ...(target !== undefined && { target }),
  } as const;
  const requests: AccessRequest[] = [];
  let cursor: string | undefined;
  // A page of large requests has few.
  do {
    const limit = LISTED_MAX - requests.length;
    const page = read(
      await call.GET('/v1/requests', {
        params: { query: { ...query, limit, ...(cursor !== undefined && { cursor }) } },
      }),
    );
    requests.push(...page.requests);
    cursor = page.nextCursor;
  } while (cursor !== undefined && requests.length < LISTED_MAX);
  if (options.json === true) return terminal.printJson({ requests });
  if (requests.length === 0) return terminal.say('No access request waits for you.');
  terminal.print(
    formatTable(['request', 'kind', 'who', 'target', 'what', 'state', 'until'], requests.map(row)),
  );
  if (cursor !== undefined) terminal.say(`There are more than these ${requests.length}.`);
  terminal.say('Next: sallyport reviews show <request>');
}

function row(request: AccessRequest): readonly string[] {
  const { id, kind, requester, target, operation, grant, state, expiresAt } = request;
  const what = operation?.original.text ?? grant?.name ?? '';
  const shown = what.length > WHAT_LENGTH_MAX ? `${what.slice(0, WHAT_LENGTH_MAX)}…` : what;
  return [id, kind, requester.name, target, shown, state, expiresAt];
}

/** `sallyport reviews show` */
export async function runReviewsShow(
  host: CliHost,
  id: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const request = read(await call.GET('/v1/requests/{id}', { params: { path: { id } } }));
  if (json === true) return host.terminal.printJson(request);
  printRequest(host.terminal, request);
}

/** `sallyport reviews approve` and `sallyport reviews reject` */
export async function runVerdict(
  host: CliHost,
  id: string,
  verdict: 'approve' | 'reject',
  { gateway, json, comment }: VerdictOptions,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const request = read(
    await call.POST('/v1/requests/{id}/reviews', {
      params: { path: { id }, header: { 'Idempotency-Key': randomUUID() } },
      body: { verdict, ...(comment !== undefined && { comment }) },
    }),
  );
  if (json === true) return host.terminal.printJson(request);
  const done = verdict === 'approve' ? 'Approved' : 'Rejected';
  const waits = request.state === 'pending' ? ' It waits for further reviews.' : '';
  host.terminal.say(`${done} ${escapeLine(id)} of ${escapeLine(request.requester.name)}.${waits}`);
}

/** `sallyport reviews withdraw` */
export async function runWithdraw(
  host: CliHost,
  id: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const request = read(await call.POST('/v1/requests/{id}/withdraw', { params: { path: { id } } }));
  if (json === true) return host.terminal.printJson(request);
  host.terminal.say(`Withdrew ${escapeLine(id)}.`);
}
