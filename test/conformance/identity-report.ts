import type { FoundDifference, IdentityTally } from './identity-tally.ts';

interface Explanation {
  readonly matches: (difference: FoundDifference) => boolean;
  readonly why: string;
}

/** Why some statements rightly answer otherwise, or cannot be compared. */
const EXPLAINED: readonly Explanation[] = [
  {
    matches: ({ kind, text }) => kind === 'order' && !/order by/i.test(text),
    why: 'it asks for no order, and groups by one column more',
  },
];

/** Statements that show times, counts, locks or texts of statements as they were sent: different on two servers whatever happens. */
const INCOMPARABLE = /pg_stat_|_reset\b|pg_cursors|pg_prepared_statements|my_locks/;

/** Differences in what a client gets of which it is not known why: not those of plans and of the wording of equal errors. */
export function findUnexplainedDifferences({
  differences,
}: IdentityTally): readonly FoundDifference[] {
  return differences.filter((one) => isSerious(one) && explain(one) === undefined);
}

function isSerious({ kind, text }: FoundDifference): boolean {
  return kind !== 'plan' && kind !== 'wording' && !INCOMPARABLE.test(text);
}

function explain(difference: FoundDifference): string | undefined {
  return EXPLAINED.find(({ matches }) => matches(difference))?.why;
}

/** The section of docs/conformance.md. */
export function formatIdentity(tally: IdentityTally, server: string): string {
  return `\`npm run conformance -- gateway identity\` runs PostgreSQL's regression suite on two equal servers at once. One gets what psql sends. The other gets it as the
rewrite of masking makes it, with every column of every relation of users masked by an expression that is the column itself; such a mask exists in the tests only. Each
statement runs once on each side, and the answers are compared byte by byte: command tags, SQLSTATEs, names and types of columns, rows in their order, notices.
Order is compared whether or not the statement asks for one, since the same plan gives the same order. What is no query runs as it is on both sides. A statement that is
refused with every column masked (writes may neither set keys nor test what is masked) is tried with fewer masked; then it runs as it is.

| Texts | |
|---|---|
| seen | ${tally.count('seen')} |
${countRows(tally, /^left: /)}
${countRows(tally, /^unchanged$/)}
${countRows(tally, /^refused/)}
${countRows(tally, /^rewritten: /)}

| Rewritten texts | |
|---|---|
${countRows(tally, /^answer: /)}

Why texts are refused with every column masked, and with fewer:

| Reason | Texts |
|---|---|
${formatReasons(tally)}

Differences in what a client gets:

| File | Statement | Original | Rewritten | Why |
|---|---|---|---|---|
${formatDifferences(tally)}

Left out are statements that show times, counts, locks or texts of statements: they differ on two servers whatever happens.

Plans differ where a whole row is part of an expression (the server knows it as one value, the rewrite puts it together), and show names of columns where aliases were given.
The wording of an error differs where it names a relation: the rewrite names its schema.

${server}.
`;
}

function countRows({ counts }: IdentityTally, pattern: RegExp): string {
  return [...counts]
    .filter(([what]) => pattern.test(what))
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `| ${what.replace(/^answer: /, '')} | ${count} |`)
    .join('\n');
}

function formatReasons({ refusals }: IdentityTally): string {
  const reasons = new Map<string, number>();
  for (const { reason } of refusals) {
    const general = withoutNames(reason);
    reasons.set(general, (reasons.get(general) ?? 0) + 1);
  }
  return [...reasons]
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `| ${reason} | ${count} |`)
    .join('\n');
}

/** A reason without the relations and columns that it names. */
function withoutNames(reason: string): string {
  return reason
    .replace('Cannot mask the statement: ', '')
    .replaceAll(/\b[\w"]+\.[\w"]+(?:\.[\w"]+)?/g, '…')
    .replaceAll(/(the relation|the name|by the name|may mean) [\w"]+/g, '$1 …');
}

function formatDifferences({ differences }: IdentityTally): string {
  const rows = differences.filter(isSerious).map((one) => {
    const cells = [one.file.replace('pg_regress/', ''), one.text, one.original, one.rewritten];
    return `| ${cells.map(formatCell).join(' | ')} | ${explain(one) ?? 'not explained'} |`;
  });
  return [...new Set(rows)].join('\n');
}

const CELL_CHARACTERS_MAX = 90;

function formatCell(text: string): string {
  const line = text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .replaceAll('|', '\\|')
    .replaceAll('`', "'");
  const short = line.length > CELL_CHARACTERS_MAX ? `${line.slice(0, CELL_CHARACTERS_MAX)}…` : line;
  return `\`${short}\``;
}
