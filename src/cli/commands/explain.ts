import { readFile } from 'node:fs/promises';
import {
  type ExplainedColumn,
  type ExplainedDecision,
  type ExplainedOperation,
  type ExplainedStatement,
  type Explanation,
  explanationSchema,
} from '../../api/explanation.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { formatTable } from '../format-table.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine, escapeText } from '../terminal-text.ts';

export interface ExplainOptions extends GatewayOption, JsonOption {
  /** The text itself. */
  readonly command?: string;
  /** A file with it. */
  readonly file?: string;
  readonly database?: string;
}

/** Bytes of a file that is read: more would not be explained. */
const FILE_BYTES_MAX = 64 * 1024;

/** `sallyport explain`: what would become of a statement, or of a command on a host. Exits 4 if it would be refused. */
export async function runExplain(
  host: CliHost,
  name: string,
  options: ExplainOptions,
): Promise<number> {
  const { terminal } = host;
  const [target = '', ...rest] = name.split('/');
  const database = options.database ?? (rest.length === 0 ? undefined : rest.join('/'));
  const sql = await readStatement(host, options);
  const opened = await SignedInGateway.open(host, options.gateway);
  const explanation = await opened.get(explanationSchema, {
    path: `/v1/targets/${encodeURIComponent(target)}/explain`,
    json: { sql, ...(database !== undefined && { database }) },
  });
  if (options.json === true) terminal.printJson(explanation);
  else printExplanation(terminal, explanation, sql);
  return explanation.outcome === 'run' ? EXIT.ok : EXIT.refused;
}

async function readStatement(host: CliHost, { command, file }: ExplainOptions): Promise<string> {
  if (command !== undefined && file !== undefined) {
    throw new CliError(EXIT.usage, 'Give the statement by -c or by -f, not both');
  }
  if (command !== undefined) return command;
  const bytes =
    file === undefined || file === '-' ? await host.readInput() : await readSmallFile(file);
  return bytes.toString('utf8');
}

async function readSmallFile(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  throw new CliError(EXIT.failure, `Cannot explain ${file}: it is longer than 64 KiB`);
}

function printExplanation(terminal: Terminal, explanation: Explanation, sql: string): void {
  const { target, database, searchPath, refusal, statements, sent, columns, shown } = explanation;
  const title = (text: string): string => terminal.style('bold', text);
  const where = database === '' ? '' : `, database ${escapeLine(database)}`;
  terminal.print(`${title('target')}    ${escapeLine(target)}${where}`);
  const path = searchPath.map(escapeLine).join(', ');
  if (path !== '') {
    terminal.print(`${title('names')}     in ${path}: the path of a session that has just begun`);
  }
  terminal.print(`${title('outcome')}   ${describeOutcome(terminal, explanation, sql)}`);
  if (refusal !== undefined) {
    terminal.print(`          ${escapeLine(refusal.reason)}`);
    if (refusal.hint) terminal.print(`          ${escapeLine(refusal.hint)}`);
  }
  for (const statement of statements) printStatement(terminal, statement);
  if (columns !== undefined && columns.length > 0) {
    terminal.print(`\n${title('classified columns')}`);
    terminal.print(formatTable(['column', 'class', 'you see', 'because'], columns.map(toRow)));
  }
  for (const { className, policies } of shown ?? []) {
    const by = policies.map(escapeLine).join(', ');
    terminal.print(`${escapeLine(className)} is shown as it is by policy ${by}`);
  }
  if (sent !== undefined && sent !== sql) {
    terminal.print(`\n${title('sent to the target')}`);
    terminal.print(escapeText(sent.trimEnd()));
  }
  terminal.say('Nothing was run.');
}

function describeOutcome(terminal: Terminal, { outcome, sent }: Explanation, sql: string): string {
  switch (outcome) {
    case 'run':
      return terminal.style('green', sent === sql ? 'runs as it is' : 'runs, with masks');
    case 'review':
      return terminal.style('yellow', 'needs a review');
    case 'refused':
      return terminal.style('red', 'refused');
  }
}

function printStatement(terminal: Terminal, statement: ExplainedStatement): void {
  const { text, operations, outputs } = statement;
  terminal.print(`\n${terminal.style('bold', 'statement')}\n${escapeText(text)}`);
  for (const operation of operations) printOperation(terminal, operation);
  if (outputs === undefined || outputs.length === 0) return;
  const rows = outputs.map(({ column, masked, inspect }, index) => [
    String(index + 1),
    column === '' ? 'expression' : column,
    masked.length > 0
      ? `masked: ${masked.join(', ')}`
      : inspect === 'none'
        ? ''
        : 'looked through by the detectors',
  ]);
  terminal.print(formatTable(['output', 'from', ''], rows));
}

function printOperation(terminal: Terminal, { action, decision, facts }: ExplainedOperation): void {
  const colour = { allow: 'green', review: 'yellow', deny: 'red' } as const;
  const kind = terminal.style(colour[decision.kind], decision.kind.padEnd(7));
  terminal.print(`  ${kind}${escapeLine(action)}${describeDecision(decision)}`);
  for (const [name, fact] of Object.entries(facts)) {
    const value = typeof fact === 'object' ? fact.join(' ') : String(fact);
    // What is not so is what most statements are.
    if (value === '' || value === 'false' || value === '-1') continue;
    terminal.print(`         ${name}: ${escapeLine(value)}`);
  }
}

function describeDecision({ policies, reason, groups }: ExplainedDecision): string {
  const by = policies.length === 0 ? ' (no policy permits it)' : ` by ${policies.join(', ')}`;
  const why = reason === undefined || policies.length === 0 ? '' : `: ${reason}`;
  const who = groups === undefined ? '' : ` (review by ${groups.join(' or ')})`;
  return escapeLine(`${by}${why}${who}`);
}

function toRow({ column, classes, mask, seen, because }: ExplainedColumn): readonly string[] {
  const view = { raw: 'the value', masked: mask, inspected: `${mask}; looked through as output` };
  return [column, classes.join(', '), view[seen], because];
}
