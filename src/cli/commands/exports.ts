import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { formatTable } from '../format-table.ts';
import { parseSince } from '../parse-since.ts';
import { escapeLine } from '../terminal-text.ts';

export interface ExportReplayOptions extends GatewayOption, JsonOption {
  /** A duration, or an instant. */
  readonly from: string;
}

/** `sallyport exports list` */
export async function runExportsList(
  host: CliHost,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<void> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const { exports } = read(await call.GET('/v1/exports'));
  if (json === true) return terminal.printJson({ exports });
  if (exports.length === 0) return terminal.say('Nothing is exported.');
  const rows = exports.map(({ name, kind, state, lagMs, delivered, refused, missing }) => [
    name,
    kind,
    state,
    formatLag(lagMs),
    String(delivered),
    String(refused),
    String(missing),
  ]);
  const head = ['name', 'kind', 'state', 'behind', 'delivered', 'refused', 'missing'];
  terminal.print(formatTable(head, rows));
}

/** `sallyport exports status` */
export async function runExportsStatus(
  host: CliHost,
  name: string,
  { gateway, json }: GatewayOption & JsonOption,
): Promise<number> {
  const { terminal } = host;
  const { call, read } = await openContract(host, gateway);
  const { exports } = read(await call.GET('/v1/exports'));
  const found = exports.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no export has the name ${escapeLine(name)}`);
  const code = found.state === 'working' ? 0 : 1;
  if (json === true) {
    terminal.printJson(found);
    return code;
  }
  const { state, problem, failingSince, lagMs, logs } = found;
  terminal.say(
    state === 'working' ? `Works, ${formatLag(lagMs)} behind.` : `Fails since ${failingSince}.`,
  );
  if (problem !== undefined) terminal.say(escapeLine(problem));
  terminal.print(
    formatTable(
      ['log', 'next entry'],
      logs.map(({ log, next }) => [log, String(next)]),
    ),
  );
  return code;
}

/** `sallyport exports replay` */
export async function runExportsReplay(
  host: CliHost,
  name: string,
  { gateway, json, from }: ExportReplayOptions,
): Promise<void> {
  const { terminal } = host;
  const since = new Date(parseSince(from, host.nowMs())).toISOString();
  const { call, read } = await openContract(host, gateway);
  const started = read(
    await call.POST('/v1/exports/{name}/replay', {
      params: { path: { name } },
      body: { from: since },
    }),
  );
  if (json === true) return terminal.printJson(started);
  const logs = started.logs.map(({ log, next }) => `${log} from entry ${next}`);
  terminal.say(`Sends again: ${logs.join(', ')}.`);
}

function formatLag(lagMs: number | undefined): string {
  return lagMs === undefined ? '-' : `${(lagMs / 1000).toFixed(1)} s`;
}
