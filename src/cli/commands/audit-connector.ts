import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectorFinding, compareConnector } from '../../audit/compare-connector.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { formatCount } from '../format-count.ts';
import { readNamedText } from '../read-named-file.ts';
import { escapeLine } from '../terminal-text.ts';

/** Options of `sallyport audit compare-connector`. */
export interface CompareConnectorOptions extends JsonOption {
  readonly ledger?: readonly string[];
  readonly publicKey?: string;
}

/** `sallyport audit compare-connector`: 1 if the connector carried what the ledgers do not have. */
export async function runCompareConnector(
  { terminal }: CliHost,
  directories: { readonly ledger: string; readonly records: string },
  { ledger: further = [], publicKey, json }: CompareConnectorOptions,
): Promise<number> {
  const inside = join(directories.records, 'carried');
  const records = existsSync(inside) ? inside : directories.records;
  if (publicKey === undefined && !existsSync(join(records, 'records.pub'))) {
    throw new CliError(
      EXIT.failure,
      `There are no records of a connector in ${directories.records}`,
      "Name the connector's data directory, or a copy of its directory carried/.",
    );
  }
  const comparison = await compareConnector({
    ledgers: [directories.ledger, ...further].map(findLedger),
    records,
    ...(publicKey !== undefined && { publicKey: await readNamedText(publicKey) }),
  });
  const { sessions, findings } = comparison;
  const exitCode = findings.length === 0 ? EXIT.ok : EXIT.failure;
  if (json === true) {
    terminal.printJson(comparison);
    return exitCode;
  }
  for (const finding of findings) terminal.print(escapeLine(describe(finding)));
  const counts = `${formatCount(comparison.records, 'record')} of ${formatCount(sessions, 'session')}`;
  terminal.say(`${counts}, ${formatCount(findings.length, 'finding')}.`);
  return exitCode;
}

function describe(finding: ConnectorFinding): string {
  switch (finding.kind) {
    case 'records-broken':
      return `${finding.file}:${finding.line}: is not what the connector wrote there`;
    case 'session-missing': {
      const { sessionId, principalId, target, gateway } = finding.session;
      return `session ${sessionId} of ${principalId} on ${target}, asked for by ${gateway}: not in the ledger`;
    }
    case 'operations-missing': {
      const { sessionId, operations } = finding.session;
      return `session ${sessionId}: ${operations} operations, ${finding.entered} in the ledger`;
    }
    case 'record-not-entered': {
      const { process, sequence, sessionId } = finding.record;
      return `record ${sequence} of ${process}, of session ${sessionId}: not in the ledger, and later ones are`;
    }
  }
}
