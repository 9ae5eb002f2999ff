import { type Disclosure, findDisclosures } from '../../audit/find-disclosures.ts';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { parseSince } from '../parse-since.ts';
import { escapeLine } from '../terminal-text.ts';
import { readMaskingKey } from './patients-key.ts';

export interface PatientsWhoSawOptions extends JsonOption {
  /** Configuration directory of the gateway. */
  readonly config: string;
  /** A data directory or a copy of its ledger, in place of the configured one. */
  readonly ledger?: string;
  /** What masks made of the id. */
  readonly pseudonym?: readonly string[];
  readonly since?: string;
}

/** Digits of a statement's digest that are shown to people. */
const DIGEST_DIGITS = 12;
/** Stands for an id that is to be read from standard input, where other users cannot see it. */
const FROM_INPUT = '-';

/**
 * `sallyport patients who-saw`: who was shown rows of a patient, by the ledger's files. Prints what is
 * certain and what cannot be told apart.
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
  const configuration = await loadConfiguration(options.config);
  const sinceMs = options.since === undefined ? undefined : parseSince(options.since, host.nowMs());
  const masterKey = await readMaskingKey(configuration, host.environment);
  const directory = options.ledger ?? configuration.gateway.dataDirectory;
  const search = { target, patient: { id, pseudonyms: options.pseudonym }, masterKey, sinceMs };

  const counts = { yes: 0, maybe: 0 };
  for await (const disclosure of findDisclosures(findLedger(directory), search)) {
    counts[disclosure.match] += 1;
    if (options.json === true) terminal.print(JSON.stringify(disclosure));
    else terminal.print(describe(host, disclosure));
  }
  if (options.json === true) return;
  if (counts.yes + counts.maybe === 0) {
    return terminal.say(`No result of ${escapeLine(target)} showed rows of this patient.`);
  }
  terminal.say(
    `Results that showed rows of this patient: ${counts.yes}; that may have: ${counts.maybe}.`,
  );
  if (counts.maybe > 0) terminal.say(MAYBE);
}

const MAYBE = `"may": the result had over a thousand patients and is kept as a sketch, showed pseudonyms that are not
known here (--pseudonym), did not show whose rows it read, or was entered under another key.`;

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
    escapeLine(classes.join(' ')),
  ];
  return parts.join(' ').trimEnd();
}
