import {
  type AskedRequest,
  type ExplainedColumn,
  type ExplainedStatement,
  type ExplainRequest,
  type Explanation,
  explanationSchema,
} from '../../api/explanation.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { formatTable } from '../format-table.ts';
import { readNamedFile } from '../read-named-file.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine, escapeText } from '../terminal-text.ts';
import { listTargetNames, suggestTarget } from '../unknown-target.ts';
import { printOperation } from './print-operation.ts';
import { printRequestExplanation } from './print-request-explanation.ts';

export interface ExplainOptions extends GatewayOption, JsonOption {
  /** The text itself. */
  readonly command?: string;
  /** A file with it. */
  readonly file?: string;
  readonly database?: string;
  /** Of a request. */
  readonly method?: string;
  /** Of a request, each as `Name: value`. */
  readonly header?: readonly string[];
  /** Of a request: media type of the answer. */
  readonly answerType?: string;
}

/** What is explained: the name of a target, perhaps with its database, and for a request its URL. */
export interface ExplainArguments {
  readonly name: string;
  readonly url?: string | undefined;
}

/** Bytes of a file that is read: more would not be explained. */
const FILE_BYTES_MAX = 64 * 1024;
/** The same of the body of a request. */
const BODY_BYTES_MAX = 1024 * 1024;

/** `sallyport explain`: what would become of a statement, a command on a host or a request. Exits 4 if it would be refused. */
export async function runExplain(
  host: CliHost,
  { name, url }: ExplainArguments,
  options: ExplainOptions,
): Promise<number> {
  if (url === undefined) return explainText(host, name, options);
  const { terminal } = host;
  const request = await readRequest(host, url, options);
  const explanation = await ask(host, options, { name, question: { request } });
  if (options.json === true) terminal.printJson(explanation);
  else printRequestExplanation(terminal, explanation);
  return explanation.outcome === 'run' ? EXIT.ok : EXIT.refused;
}

async function explainText(host: CliHost, name: string, options: ExplainOptions): Promise<number> {
  const { terminal } = host;
  const [target = '', ...rest] = name.split('/');
  const database = options.database ?? (rest.length === 0 ? undefined : rest.join('/'));
  const sql = await readStatement(host, options);
  const question = { sql, ...(database !== undefined && { database }) };
  const explanation = await ask(host, options, { name: target, question });
  if (options.json === true) terminal.printJson(explanation);
  else printExplanation(terminal, explanation, sql);
  return explanation.outcome === 'run' ? EXIT.ok : EXIT.refused;
}

async function ask(
  host: CliHost,
  { gateway }: ExplainOptions,
  { name, question }: { readonly name: string; readonly question: ExplainRequest },
): Promise<Explanation> {
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/targets/${encodeURIComponent(name)}/explain`;
  try {
    return await opened.get(explanationSchema, { path, json: question });
  } catch (error) {
    if (!(error instanceof CliError && error.exitCode === EXIT.failure)) throw error;
    const names = await listTargetNames(opened);
    if (names.includes(name)) throw error;
    const message = `There is no target "${name}" that you may connect to`;
    throw new CliError(EXIT.failure, message, suggestTarget(name, names), { cause: error });
  }
}

/** A request as curl would have it: without a body it is GET, with one POST. */
async function readRequest(
  host: CliHost,
  url: string,
  options: ExplainOptions,
): Promise<AskedRequest> {
  const { method, header = [], answerType } = options;
  const body = await readBody(host, options);
  return {
    ...{ method: method ?? (body === undefined ? 'GET' : 'POST'), url },
    fields: header.map(parseField),
    ...(body !== undefined && { body: body.toString('base64') }),
    ...(answerType !== undefined && { answerType }),
  };
}

async function readBody(
  host: CliHost,
  { command, file }: ExplainOptions,
): Promise<Buffer | undefined> {
  if (command !== undefined && file !== undefined) {
    throw new CliError(EXIT.usage, 'Give the body by -c or by -f, not both');
  }
  if (command !== undefined) return Buffer.from(command);
  if (file === undefined) return undefined;
  return file === '-' ? host.readInput() : readSmallFile(file, BODY_BYTES_MAX);
}

function parseField(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon > 0) return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  throw new CliError(EXIT.usage, 'Give a header field as "Name: value"');
}

async function readStatement(host: CliHost, { command, file }: ExplainOptions): Promise<string> {
  if (command !== undefined && file !== undefined) {
    throw new CliError(EXIT.usage, 'Give the statement by -c or by -f, not both');
  }
  if (command !== undefined) return command;
  const bytes =
    file === undefined || file === '-'
      ? await host.readInput()
      : await readSmallFile(file, FILE_BYTES_MAX);
  return bytes.toString('utf8');
}

async function readSmallFile(file: string, bytesMax: number): Promise<Buffer> {
  const bytes = await readNamedFile(file);
  if (bytes.length <= bytesMax) return bytes;
  throw new CliError(
    EXIT.failure,
    `Cannot explain ${file}: it is longer than ${bytesMax / 1024} KiB`,
  );
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

function toRow({ column, classes, mask, seen, because }: ExplainedColumn): readonly string[] {
  const view = { raw: 'the value', masked: mask, inspected: `${mask}; looked through as output` };
  return [column, classes.join(', '), view[seen], because];
}
