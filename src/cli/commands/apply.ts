import type { ConfigurationOutcome } from '../../api/configuration.ts';
import { type BundledFile, bundleConfiguration } from '../../configuration/bundle.ts';
import { ConfigurationError } from '../../configuration/configuration-error.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { openContract } from '../contract-client.ts';
import { loadPolicies } from '../load-policies.ts';
import { escapeLine } from '../terminal-text.ts';

/** Options of `sallyport apply`. */
export interface ApplyOptions extends GatewayOption, JsonOption {
  readonly dryRun?: boolean;
  /** The version that it is to replace. */
  readonly expect?: string;
}

/** `sallyport apply`: has the gateways on the store take a configuration directory. Returns the exit code. */
export async function runApply(
  host: CliHost,
  directory: string,
  options: ApplyOptions,
): Promise<number> {
  const { dryRun = false, expect } = options;
  const expectedVersion = expect === undefined ? undefined : Number(expect);
  if (expectedVersion !== undefined && !Number.isInteger(expectedVersion)) {
    throw new CliError(EXIT.usage, 'The expected version must be a number, such as 12');
  }
  const outcome = await submit(host, directory, options, {
    dryRun,
    ...(expectedVersion !== undefined && { expectedVersion }),
  });
  if (outcome === undefined) return EXIT.failure;
  if (options.json === true) host.terminal.printJson(outcome);
  else printOutcome(host, outcome);
  return EXIT.ok;
}

/** `sallyport diff`: what `apply` would change. Returns the exit code: 6 where there is something. */
export async function runDiff(
  host: CliHost,
  directory: string,
  options: GatewayOption & JsonOption,
): Promise<number> {
  const outcome = await submit(host, directory, options, { dryRun: true });
  if (outcome === undefined) return EXIT.failure;
  if (options.json === true) host.terminal.printJson(outcome);
  else printOutcome(host, outcome);
  return outcome.changes.length === 0 ? EXIT.ok : EXIT.differs;
}

// oxlint-disable-next-line max-params -- who is asked, about what, how
async function submit(
  host: CliHost,
  directory: string,
  { gateway, json }: GatewayOption & JsonOption,
  wish: { readonly dryRun: boolean; readonly expectedVersion?: number },
): Promise<ConfigurationOutcome | undefined> {
  const loaded = await loadPolicies(host, directory, json);
  if (loaded === undefined) return undefined;
  let files: readonly BundledFile[];
  try {
    files = await bundleConfiguration(loaded.configuration);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (json === true) host.terminal.printJson({ ok: false, problems: error.problems });
    else host.terminal.print(error.message);
    return undefined;
  }
  const { call, read } = await openContract(host, gateway);
  const body = {
    files: files.map(({ path, content }) => ({ path, content: content.toString('base64') })),
    ...wish,
  };
  return read(await call.POST('/v1/configuration', { body }));
}

function printOutcome(
  { terminal }: CliHost,
  { outcome, version, changes }: ConfigurationOutcome,
): void {
  for (const { path, change } of changes) terminal.print(`${change} ${escapeLine(path)}`);
  switch (outcome) {
    case 'applied':
      return terminal.say(
        `Version ${version} is applied: gateways that joined take it within seconds.`,
      );
    case 'planned':
      return terminal.say(`Nothing was changed. Version ${version} would be replaced.`);
    case 'unchanged':
      return terminal.say(`Version ${version} is the same.`);
  }
}
