import { disclosureListSchema } from '../../api/disclosure.ts';
import { type Disclosure, findDisclosures } from '../../audit/find-disclosures.ts';
import { readEntries } from '../../audit/read-entries.ts';
import { LedgerSweep } from '../../audit/retention/sweep-ledger.ts';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { openConfiguredContentKeys } from '../open-content-keys.ts';
import { parseSince } from '../parse-since.ts';
import { sayMissing } from '../say-missing.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import { escapeLine } from '../terminal-text.ts';
import { readMaskingKey } from './patients-key.ts';

export interface PatientsWhoSawOptions extends JsonOption, GatewayOption {
  /** Configuration directory of the gateway. With it, the ledger's files are read here. */
  readonly config?: string;
  /** A data directory or a copy of its ledger, in place of the configured one. */
  readonly ledger?: string;
  /** What masks made of the id. */
  readonly pseudonym?: readonly string[];
  readonly since?: string;
  /** Also results that did not show whose rows they read. */
  readonly all?: boolean;
}

/** Digits of a statement's digest that are shown to people. */
const DIGEST_DIGITS = 12;
/** Stands for an id that is to be read from standard input, where other users cannot see it. */
const FROM_INPUT = '-';

/**
 * `sallyport patients who-saw`: who was shown rows of a patient. Asks the gateway; with `--config` or
 * `--ledger`, reads the ledger's files. Prints what is certain and what cannot be told apart.
 */
export async function runPatientsWhoSaw(
  host: CliHost,
  target: string,
  patientId: string,
  options: PatientsWhoSawOptions,
): Promise<void> {
  const { terminal } = host;
  const id = (patientId === FROM_INPUT ? String(await host.readInput()) : patientId).trim();
  if (id === '') throw new CliError(EXIT.usage, 'The id of the patient is empty');
  const isOffline = options.config !== undefined || options.ledger !== undefined;
  const disclosures = isOffline
    ? await readOffline(host, { target, id }, options)
    : askGateway(host, { target, id }, options);
  if (options.json === true) {
    for await (const disclosure of disclosures) terminal.print(JSON.stringify(disclosure));
    return;
  }
  await printDisclosures(host, disclosures, { target, options });
}

interface Question {
  readonly target: string;
  readonly id: string;
}

async function readOffline(
  host: CliHost,
  { target, id }: Question,
  options: PatientsWhoSawOptions,
): Promise<AsyncIterable<Disclosure>> {
  const configuration = await loadConfiguration(options.config ?? '.');
  const sinceMs = options.since === undefined ? undefined : parseSince(options.since, host.nowMs());
  const masterKey = await readMaskingKey(configuration, host.environment);
  const directory = options.ledger ?? configuration.gateway.dataDirectory;
  const patient = { id, pseudonyms: options.pseudonym };
  const search = { target, patient, masterKey, sinceMs };
  const keys = await openConfiguredContentKeys(configuration, host.environment);
  const ledger = findLedger(directory);
  if (!configuration.targets.some(({ name }) => name === target)) await findSession(ledger, target);
  sayExpired(host, await new LedgerSweep(ledger).findLastExpiredDay());
  return findDisclosures(ledger, search, keys);
}

/** @throws {CliError} If nobody ever was on the target: that nobody saw anything would be said of a misspelt name, too. */
async function findSession(ledger: string, target: string): Promise<void> {
  for await (const { entry } of readEntries(ledger, { kinds: new Set(['session.start']) })) {
    if (entry['target'] === target) return;
  }
  throw new CliError(
    EXIT.failure,
    `There is no target ${target}: neither the configuration nor a session in the ledger names it`,
  );
}

async function* askGateway(
  host: CliHost,
  { target, id }: Question,
  { gateway, pseudonym, since }: PatientsWhoSawOptions,
): AsyncGenerator<Disclosure> {
  if (pseudonym !== undefined) {
    throw new CliError(
      EXIT.usage,
      'The gateway knows by itself what masks make of the id',
      'Leave --pseudonym out, or read the files of a ledger: --config DIRECTORY.',
    );
  }
  const sinceMs = since === undefined ? undefined : parseSince(since, host.nowMs());
  const opened = await SignedInGateway.open(host, gateway);
  const { disclosures, leftOut, coverage, expiredUntil } = await opened.get(disclosureListSchema, {
    path: `/v1/targets/${encodeURIComponent(target)}/disclosures`,
    json: {
      patient: id,
      ...(sinceMs !== undefined && { since: new Date(sinceMs).toISOString() }),
    },
  });
  for (const { log, index, sessionId, principal, statementSha256, ...rest } of disclosures) {
    yield {
      ...rest,
      ...{ logName: log, seq: index, session: sessionId, statementSha256 },
      ...{ principalId: principal.id, principalName: principal.name },
    };
  }
  sayExpired(host, expiredUntil);
  sayMissing(host.terminal, coverage);
  if (leftOut > 0)
    host.terminal.say(`Older results, not listed: ${leftOut}. Ask with --ledger for all.`);
}

/** What is gone cannot be found: nobody should take the rest for all there was. */
function sayExpired({ terminal }: CliHost, day: string | undefined): void {
  if (day === undefined) return;
  terminal.say(`Entries up to ${escapeLine(day)} have expired: what was shown then is not found.`);
}

async function printDisclosures(
  host: CliHost,
  disclosures: AsyncIterable<Disclosure>,
  { target, options }: { readonly target: string; readonly options: PatientsWhoSawOptions },
): Promise<void> {
  const { terminal } = host;
  const counts = { yes: 0, maybe: 0, unseen: 0 };
  const doubts = new Set<Doubt>();
  for await (const disclosure of disclosures) {
    const isUnseen = disclosure.doubts.join() === 'unseen';
    counts[isUnseen ? 'unseen' : disclosure.match] += 1;
    // Every count(*) reads rows of patients: many of these would hide the others.
    if (isUnseen && options.all !== true) continue;
    for (const doubt of disclosure.doubts) doubts.add(doubt);
    terminal.print(describe(host, disclosure));
  }
  const { yes, maybe, unseen } = counts;
  const name = escapeLine(target);
  terminal.say(
    `Results of ${name} that showed rows of this patient: ${yes}; that may have: ${maybe}.`,
  );
  // A number of another kind is nobody's: that it finds nothing clears nobody.
  if (yes + maybe === 0)
    terminal.say(
      "  the id is what the key columns hold that patientKeys names in the target's file; any other number of the patient finds nothing",
    );
  if (unseen > 0) {
    const hint = options.all === true ? '' : '; --all lists them';
    terminal.say(`Results that read rows of patients and do not show whose: ${unseen}${hint}.`);
  }
  for (const doubt of doubts) terminal.say(`  doubt=${doubt}: ${DOUBTS[doubt]}`);
}

type Doubt = Disclosure['doubts'][number];

const DOUBTS: Readonly<Record<Doubt, string>> = {
  sketch: 'over a thousand patients, kept as a sketch that may be wrong about some',
  pseudonyms: 'the key was shown masked; --pseudonym says what masks make of the id',
  named: 'the statement asked for this patient; whether a row was found, it did not show',
  unseen: 'it did not show whose rows it read',
  'other-key': 'entered under another masking key',
  unreadable: 'entered by a later version',
};

function describe({ terminal }: CliHost, disclosure: Disclosure): string {
  const { at, principalName, principalId, session, statementSha256, match, rows } = disclosure;
  const certainty =
    match === 'yes' ? terminal.style('red', 'saw') : terminal.style('yellow', 'may');
  const shown = [
    ['raw', disclosure.raw],
    ['masked', [...new Set([...disclosure.masked, ...disclosure.found])]],
  ] as const;
  const classes = shown
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => `${name}=${names.join(',')}`);
  const parts = [
    at,
    certainty,
    escapeLine(`${principalName} (${principalId})`),
    `session=${escapeLine(session)}`,
    `statement=${escapeLine(statementSha256?.slice(0, DIGEST_DIGITS) ?? 'unknown')}`,
    `rows=${rows}`,
    ...(disclosure.doubts.length > 0 ? [`doubt=${disclosure.doubts.join(',')}`] : []),
    escapeLine(classes.join(' ')),
  ];
  return parts.join(' ').trimEnd();
}
