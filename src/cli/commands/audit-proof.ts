import { writeFile } from 'node:fs/promises';
import { checkLogProof, formatLogProof, parseLogProof } from '../../audit/log-proof.ts';
import { proveEntry } from '../../audit/prove-entry.ts';
import { LOG_NAME } from '../../audit/segment-format.ts';
import { type KeyKind, type NoteVerifier, parseVerifierKey } from '../../audit/signed-note.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { findLog } from '../find-ledger.ts';
import { readKeys } from '../read-keys.ts';
import { readNamedText } from '../read-named-file.ts';
import { escapeLine } from '../terminal-text.ts';

export interface AuditProveOptions {
  readonly output?: string;
}

export interface CheckProofOptions {
  readonly key?: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly required?: string;
}

/** `sallyport audit prove` */
export async function runAuditProve(
  { terminal }: CliHost,
  directory: string,
  place: string,
  { output }: AuditProveOptions,
): Promise<void> {
  const [, log, seq] = /^([^/]+)\/(\d{1,16})$/.exec(place) ?? [];
  if (log === undefined || seq === undefined || !LOG_NAME.test(log)) {
    throw new CliError(EXIT.usage, `${place} names no entry`, 'Such as gw-1.0/4711.');
  }
  const proof = await proveEntry(await findLog(directory, log), Number(seq));
  if (proof === 'expired') {
    throw new CliError(
      EXIT.failure,
      `Entry ${seq} of ${log} has expired`,
      'What it said is gone; only a proof file from before shows it.',
    );
  }
  if (proof === undefined) {
    throw new CliError(
      EXIT.failure,
      `No checkpoint covers entry ${seq} of ${log}`,
      'The newest entries are covered within seconds; if there are such entries, try again.',
    );
  }
  const text = formatLogProof(proof);
  if (output === undefined) terminal.print(text.trimEnd());
  else await writeFile(output, text);
}

/** `sallyport audit check-proof`: exits 1 if the file does not prove its entry. */
export async function runCheckProof(
  { terminal }: CliHost,
  file: string,
  options: CheckProofOptions & JsonOption,
): Promise<number> {
  const proof = parseLogProof(await readNamedText(file));
  const witnesses = await readVerifiers(options.witnessKey, 'witness');
  const finding =
    proof === undefined
      ? ({ kind: 'not-proved', reason: 'the file is no proof with an entry' } as const)
      : checkLogProof(proof, {
          logKeys: await readVerifiers(options.key, 'log'),
          witnesses,
          required: readRequired(options.required, witnesses.length),
        });
  const exitCode = finding.kind === 'proved' ? EXIT.ok : EXIT.failure;
  if (options.json === true) {
    terminal.printJson(finding);
    return exitCode;
  }
  if (finding.kind === 'not-proved') {
    terminal.print(terminal.style('red', `Not proved: ${finding.reason}`));
    if (proof !== undefined && options.key === undefined) {
      terminal.say(
        'Give the key of the log, kept outside of the gateway: --key FILE (ledger/keys/<log>.pub).',
      );
    }
    return exitCode;
  }
  const { log, entry, witnessed } = finding;
  terminal.print(terminal.style('green', `Entry ${entry.seq} is in log ${escapeLine(log)}.`));
  terminal.print(escapeLine(proof?.entry.toString('utf8') ?? ''));
  for (const { witness, atMs } of witnessed) {
    terminal.print(
      `Seen by ${escapeLine(witness)} at ${new Date(atMs).toISOString()} at the latest`,
    );
  }
  if (witnessed.length === 0) {
    terminal.say('Nobody but the gateway says when: the time in the entry is its own claim.');
  }
  return exitCode;
}

function readRequired(text: string | undefined, all: number): number {
  if (text === undefined) return all;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new CliError(EXIT.usage, `${text} is no number of witnesses`, 'Such as 2.');
}

async function readVerifiers(
  keysOrFiles: readonly string[] | undefined,
  kind: KeyKind,
): Promise<readonly NoteVerifier[]> {
  const keys = await readKeys(keysOrFiles, kind);
  return keys.flatMap((key) => parseVerifierKey(key, kind) ?? []);
}
