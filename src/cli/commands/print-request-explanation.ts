import type { ExplainedAnswer, Explanation } from '../../api/explanation.ts';
import { formatTable } from '../format-table.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine } from '../terminal-text.ts';
import { printOperation } from './print-operation.ts';

const OUTCOMES = {
  run: ['green', 'is passed on'],
  review: ['yellow', 'needs a review'],
  refused: ['red', 'refused'],
} as const;

/** Prints what would become of a request. */
export function printRequestExplanation(
  terminal: Terminal,
  { target, outcome, refusal, statements, shown, answer }: Explanation,
): void {
  const title = (text: string): string => terminal.style('bold', text);
  terminal.print(`${title('target')}    ${escapeLine(target)}`);
  const [colour, words] = OUTCOMES[outcome];
  terminal.print(`${title('outcome')}   ${terminal.style(colour, words)}`);
  if (refusal !== undefined) {
    terminal.print(`          ${escapeLine(refusal.reason)}`);
    if (refusal.hint) terminal.print(`          ${escapeLine(refusal.hint)}`);
  }
  for (const { text, operations } of statements) {
    terminal.print(`\n${title('request')}\n${escapeLine(text)}`);
    for (const operation of operations) printOperation(terminal, operation);
  }
  if (answer !== undefined) printAnswer(terminal, answer);
  for (const { className, policies } of shown ?? []) {
    const by = policies.map(escapeLine).join(', ');
    terminal.print(`${escapeLine(className)} is shown as it is by policy ${by}`);
  }
  terminal.say('Nothing was sent.');
}

function printAnswer(terminal: Terminal, answer: ExplainedAnswer): void {
  const { mediaType, format, fields, hidden } = answer;
  terminal.print(
    `\n${terminal.style('bold', 'answer')}    ${escapeLine(mediaType)}: ${describe(answer)}`,
  );
  if (format !== undefined) terminal.print(`          read as ${escapeLine(format)}`);
  if (hidden.length > 0)
    terminal.print(`          hidden from you: ${hidden.map(escapeLine).join(', ')}`);
  if (fields.length === 0) return;
  const rows = fields.map(({ path, className, seen }) => [
    ...[path, className, seen === 'raw' ? 'the value' : 'masked'],
  ]);
  terminal.print(formatTable(['field', 'class', 'you see'], rows));
}

function describe({ seen, reason = '' }: ExplainedAnswer): string {
  switch (seen) {
    case 'raw':
      return 'shown as it is';
    case 'masked':
      return 'shown masked';
    case 'inspected':
      return 'looked through by the detectors';
    case 'refused':
      return `not shown: ${escapeLine(reason)}`;
  }
}
