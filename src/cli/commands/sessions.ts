import type { LedgerCoverage } from '../../api/ledger-coverage.ts';
import { playbackEventSchema } from '../../api/playback-event.ts';
import { type SessionView, sessionListSchema, sessionViewSchema } from '../../api/session.ts';
import { parseDuration } from '../../configuration/quantity.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatCount } from '../format-count.ts';
import { formatTable } from '../format-table.ts';
import { parseChannel } from '../parse-channel.ts';
import { parseSince } from '../parse-since.ts';
import { PlaybackPrinter } from '../playback-printer.ts';
import { sayMissing } from '../say-missing.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import { escapeLine } from '../terminal-text.ts';

export interface SessionListOptions extends GatewayOption, JsonOption {
  readonly mine?: boolean;
  readonly principal?: string;
  readonly target?: string;
  /** A duration back from now, or an instant. */
  readonly since?: string;
  readonly live?: boolean;
  /** Words that a statement of the session holds. */
  readonly search?: string;
  readonly limit?: string;
}

export interface SessionPlayOptions extends GatewayOption, JsonOption {
  /** Where to begin: `1:20`, `1:02:03`, or a duration since the session's start. */
  readonly from?: string;
  /** Times the original speed; `max` for no pauses. */
  readonly speed: string;
  /** Longest pause, as a duration. */
  readonly skipIdle?: string;
  /** Only what happened in this channel of an SSH session. */
  readonly channel?: string;
}

/** Pages asked for one list: policy may leave little of each. */
const PAGES_MAX = 20;
const LIMIT_DEFAULT = 20;

/** `sallyport sessions list` */
export async function runSessionsList(host: CliHost, options: SessionListOptions): Promise<void> {
  const { terminal } = host;
  const limit = options.limit === undefined ? LIMIT_DEFAULT : Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new CliError(EXIT.usage, 'The limit must be a number from 1 to 10000');
  }
  const opened = await SignedInGateway.open(host, options.gateway);
  const filter = new URLSearchParams({ limit: String(Math.min(limit, 500)) });
  if (options.mine === true) filter.set('mine', 'true');
  if (options.principal !== undefined) filter.set('principal', options.principal);
  if (options.target !== undefined) filter.set('target', options.target);
  if (options.live === true) filter.set('state', 'live');
  if (options.search !== undefined) filter.set('q', options.search);
  if (options.since !== undefined) {
    filter.set('since', new Date(parseSince(options.since, host.nowMs())).toISOString());
  }

  const sessions: SessionView[] = [];
  const coverages: LedgerCoverage[] = [];
  for (let page = 0; page < PAGES_MAX && sessions.length < limit; page++) {
    const answer = await opened.get(sessionListSchema, {
      path: `/v1/sessions?${filter.toString()}`,
    });
    sessions.push(...answer.sessions);
    if (answer.coverage !== undefined) coverages.push(answer.coverage);
    if (answer.nextCursor === undefined) break;
    filter.set('cursor', answer.nextCursor);
  }
  const wanted = sessions.slice(0, limit);
  const coverage = combineCoverages(coverages);
  if (options.json === true) return terminal.printJson({ sessions: wanted, coverage });
  if (coverage !== undefined) sayMissing(terminal, coverage);
  if (wanted.length === 0) return terminal.say('There are no such sessions that you may see.');
  const rows = wanted.map(describeRow);
  terminal.print(
    formatTable(['session', 'started', 'who', 'target', 'operations', 'refused', 'state'], rows),
  );
}

/** What all pages of a list were read from. Undefined of a list that needs no ledger. */
function combineCoverages([first, ...rest]: readonly LedgerCoverage[]): LedgerCoverage | undefined {
  if (first === undefined) return undefined;
  const missing = new Set([first, ...rest].flatMap((coverage) => coverage.missing));
  return {
    read: first.read.filter((log) => !missing.has(log)),
    missing: [...missing].toSorted(),
  };
}

function describeRow(session: SessionView): readonly string[] {
  const { id, startedAt, principalName, target, end } = session;
  return [
    id,
    startedAt,
    principalName,
    target,
    end === undefined ? '' : String(end.operations),
    end === undefined ? '' : String(end.refused),
    end === undefined ? 'running' : end.reason,
  ];
}

/** `sallyport sessions show` */
export async function runSessionsShow(
  host: CliHost,
  id: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/sessions/${encodeURIComponent(id)}`;
  const session = await opened.get(sessionViewSchema, { path });
  if (json === true) return terminal.printJson(session);
  const { end } = session;
  const lines: readonly (readonly [string, string])[] = [
    ['session', session.id],
    ['who', `${session.principalName} (${session.principalId})`],
    ['target', `${session.target}, ${describePlace(session)}`],
    ['client', `${session.applicationName} at ${session.clientAddress}`],
    ['started', session.startedAt],
    ['ended', end === undefined ? 'still running' : `${end.endedAt} (${end.reason})`],
    ...(end === undefined
      ? []
      : ([
          ['operations', `${end.operations}, ${end.refused} refused`],
          ['shown', `${formatCount(end.rows, 'row')}, ${formatCount(end.bytesShown, 'byte')}`],
          ['recording', end.recordingSha256 ?? 'none'],
        ] as const)),
  ];
  for (const [name, value] of lines) terminal.print(`${name.padEnd(11)}${escapeLine(value)}`);
  if (session.recorded) terminal.say(`Next: sallyport sessions play ${escapeLine(session.id)}`);
}

/** What was opened on the target. */
function describePlace({ database, account }: SessionView): string {
  return account === '' ? `database ${database}` : `account ${account}`;
}

export interface SessionEndOptions extends GatewayOption, JsonOption {
  readonly reason: string;
}

/** `sallyport sessions end` */
export async function runSessionsEnd(
  host: CliHost,
  id: string,
  { gateway, json, reason }: SessionEndOptions,
): Promise<void> {
  const { call, read } = await openContract(host, gateway);
  const session = read(
    await call.POST('/v1/sessions/{id}/end', { params: { path: { id } }, body: { reason } }),
  );
  if (json === true) return host.terminal.printJson(session);
  const { principalName, target } = session;
  host.terminal.say(
    `The session of ${escapeLine(principalName)} on ${escapeLine(target)} ends within seconds.`,
  );
}

/** `sallyport sessions play` */
export async function runSessionsPlay(
  host: CliHost,
  id: string,
  { gateway, json, from, speed, skipIdle, channel }: SessionPlayOptions,
): Promise<void> {
  const factor = speed === 'max' ? Number.POSITIVE_INFINITY : Number(speed);
  const idleMaxMs = skipIdle === undefined ? Number.POSITIVE_INFINITY : parseDuration(skipIdle);
  const fromMs = from === undefined ? 0 : parsePlace(from);
  if (!(factor > 0)) throw new CliError(EXIT.usage, 'The speed must be a number above 0, or max');
  if (idleMaxMs === undefined) throw new CliError(EXIT.usage, 'The pause must be as in 2s');
  if (fromMs === undefined) {
    throw new CliError(EXIT.usage, 'The place to begin must be as in 1:20 or 90s');
  }
  const wanted = parseChannel(channel);
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/sessions/${encodeURIComponent(id)}/recording?from=${fromMs}`;
  const printer = new PlaybackPrinter(host.terminal, { fromMs, speed: factor, idleMaxMs });
  let isEmpty = true;
  try {
    for await (const event of opened.getLines(playbackEventSchema, { path })) {
      isEmpty = false;
      if (wanted !== undefined && 'channel' in event && event.channel !== wanted) continue;
      if (json === true) host.terminal.print(JSON.stringify(event));
      else await printer.show(event, host.signal);
    }
  } finally {
    printer.finish();
  }
  if (isEmpty)
    host.terminal.say('There is nothing to play: no recording of it is kept from there on.');
}

/** Milliseconds since the session's start; undefined if it is no place in a recording. */
function parsePlace(text: string): number | undefined {
  const [, hours = '0', minutes, seconds] = /^(?:(\d{1,4}):)?(\d{1,4}):(\d\d)$/.exec(text) ?? [];
  if (minutes === undefined) return parseDuration(text);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
