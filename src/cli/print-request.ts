import type { components } from '../api/paths.ts';
import { markLookalikes } from '../api/show-plainly.ts';
import { formatDuration } from '../configuration/quantity.ts';
import { formatCount } from './format-count.ts';
import type { Terminal } from './terminal.ts';
import { escapeLine, escapeText } from './terminal-text.ts';

type AccessRequestDetail = components['schemas']['AccessRequestDetail'];
type ShownOperation = components['schemas']['ShownOperation'];
type ShownContext = components['schemas']['ShownContext'];

/** Prints all that a reviewer has to know. What others wrote is shown escaped, never obeyed. */
export function printRequest(terminal: Terminal, request: AccessRequestDetail): void {
  const { requester, operation, grant, end } = request;
  const where = request.database === undefined ? '' : `, database ${request.database}`;
  const lines: (readonly [string, string])[] = [
    ['request', `${request.id} (${request.kind}, ${request.state})`],
    ['who', `${requester.name} (${requester.id}), in ${requester.groups.join(', ') || 'no group'}`],
    ['signed in', `by ${requester.signIn}, from ${requester.clientAddress}`],
    ['target', `${request.target}${where}`],
    ['asked', request.createdAt],
    ['until', request.expiresAt],
    ['policy', `${request.policy.ids.join(', ')}: ${request.policy.reason}`],
    ...request.rules.map(
      ({ groups, quorum }) => ['reviewers', `${quorum} of ${groups.join(' or ')}`] as const,
    ),
  ];
  if (request.justification !== undefined) lines.push(['reason', request.justification]);
  if (grant !== undefined)
    lines.push(['grant', `${grant.name} for ${formatDuration(grant.durationSeconds * 1_000)}`]);
  if (end !== undefined) lines.push(['ended', `${end.at} (${end.reason ?? end.outcome})`]);
  for (const [name, value] of lines) print(terminal, name, value);
  for (const { reviewer, verdict, comment, at } of request.reviews) {
    print(terminal, 'review', `${verdict} by ${reviewer.name}, ${at} ${comment ?? ''}`);
  }
  if (operation !== undefined) printOperation(terminal, operation);
  for (const { createdAt, state, subject } of request.earlier) {
    print(terminal, 'earlier', `${createdAt} ${subject}: ${state}`);
  }
  if (request.mayReview) {
    terminal.say(`Next: sallyport reviews approve ${escapeLine(request.id)}`);
    terminal.say(`  or: sallyport reviews reject ${escapeLine(request.id)} --comment '…'`);
  }
}

function printOperation(terminal: Terminal, operation: ShownOperation): void {
  const { relations, classesTouched, estimatedRows, facts, parameters, changes = [] } = operation;
  print(terminal, 'does', operation.actions.join(', '));
  if (operation.protocol === 'postgres') {
    print(terminal, 'relations', relations.join(', ') || 'none');
    print(terminal, 'classes', classesTouched.join(', ') || 'none');
  } else {
    printHostFacts(terminal, facts);
  }
  if (facts['bulk'] === true) print(terminal, 'bulk', 'yes: no restriction on a unique key');
  if (estimatedRows !== null) print(terminal, 'estimate', formatCount(estimatedRows, 'row'));
  for (const [index, { value }] of parameters.entries()) {
    const name = operation.protocol === 'postgres' ? `$${index + 1}` : 'sent';
    print(terminal, name, value ?? 'NULL');
  }
  if (operation.context !== undefined) printContext(terminal, operation.context);
  for (const { relation, inserted, updated, deleted } of changes) {
    const counts = `${inserted} inserted, ${updated} updated, ${deleted} deleted`;
    print(terminal, 'changed', `${relation}: ${counts}`);
  }
  terminal.print('');
  for (const line of operation.formatted.text.split('\n'))
    terminal.print(`  ${escapeText(markLookalikes(line))}`);
  terminal.print('');
}

/** Those that a reviewer is told, in this order. */
const HOST_FACTS = [
  ...['account', 'commands', 'effects', 'path', 'newPath', 'host', 'port', 'query', 'service'],
  ...['fields', 'fhirType', 'fhirInteraction', 'namespace', 'resource', 'subresource', 'name'],
] as const;

/** What is known of something tried on a host, or asked of a service. */
function printHostFacts(terminal: Terminal, facts: ShownOperation['facts']): void {
  for (const name of HOST_FACTS) {
    const fact = facts[name];
    const value = typeof fact === 'object' ? fact.join(', ') : String(fact ?? '');
    if (value !== '') print(terminal, name, value);
  }
  if (facts['known'] === false) print(terminal, 'known', 'no: what it does could not be read');
  if (facts['opaque'] === true) print(terminal, 'opaque', 'yes: it can do more than it shows');
  if (facts['observed'] === true) print(terminal, 'observed', 'yes: seen, but not enforced');
}

/** What the approval is for beside the text. */
function printContext(terminal: Terminal, context: ShownContext): void {
  const { searchPath, formats, settings, earlierSettings, setsRole, isCertain } = context;
  print(terminal, 'path', searchPath?.join(', ') ?? 'not known for certain');
  print(terminal, 'role', setsRole ? 'set in the session' : 'as the gateway signed in');
  for (const [name, value] of Object.entries(formats))
    print(terminal, 'format', `${name} ${value}`);
  if (earlierSettings > 0) print(terminal, 'set', `(${earlierSettings} earlier ones)`);
  for (const { text } of settings) print(terminal, 'set', text);
  if (!isCertain) print(terminal, 'set', '(something else may have been set, or undone)');
}

function print(terminal: Terminal, name: string, value: string): void {
  terminal.print(`${`${name} `.padEnd(11)}${escapeLine(markLookalikes(value))}`);
}
