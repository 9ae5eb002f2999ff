import { decodeFields } from '../../src/wire/postgres/error-response.ts';
import { decodeRowDescription } from '../../src/wire/postgres/row-description.ts';
import { bodyOf, type WholeMessage } from './message-reader.ts';

/** In what two answers to the same statement differ. Worst first. */
export type DifferenceKind = 'outcome' | 'columns' | 'rows' | 'order' | 'plan' | 'wording';

/** How the answer to a rewritten statement differs from that to the original. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly original: string;
  readonly rewritten: string;
}

/**
 * Compares two answers. What a client cannot rely on is left out: where in the text an error is, and which line of the server's source
 * said it; process ids; of settings that the server reports, when it does.
 *
 * Rows are compared in their order, whether or not the statement asks for one: the same plan yields the same order.
 */
export function findDifference(
  original: readonly WholeMessage[],
  rewritten: readonly WholeMessage[],
): Difference | undefined {
  const [one, other] = [split(original), split(rewritten)];
  const differ = (kind: DifferenceKind, part: (answer: Answer) => readonly string[]) => {
    const index = part(one).findIndex((line, at) => line !== part(other)[at]);
    const at = index === -1 ? part(one).length : index;
    if (index === -1 && part(one).length === part(other).length) return undefined;
    return { kind, original: show(part(one), at), rewritten: show(part(other), at) };
  };
  const plainPlan = (answer: Answer) => answer.rows.map(withoutNames);
  const isPlan = one.columns.some((line) => line.startsWith('["QUERY PLAN"'));
  const isOrder =
    one.rows.length === other.rows.length &&
    one.rows.toSorted().join('\0') === other.rows.toSorted().join('\0');
  return (
    differ('outcome', (answer) => answer.outcome) ??
    differ('columns', (answer) => answer.columns) ??
    (isPlan
      ? differ('plan', plainPlan)
      : differ(isOrder ? 'order' : 'rows', (answer) => answer.rows)) ??
    differ('wording', (answer) => answer.wording)
  );
}

/** A plan names columns with their relation as soon as there are two, a subquery being one; lengths of lines stand before them. */
function withoutNames(line: string): string {
  return line
    .slice(6)
    .replaceAll(/"?\w+"?\./g, '')
    .replaceAll(/[()]/g, '');
}

interface Answer {
  /** Command tags, SQLSTATEs, the state of the transaction, in their order. */
  readonly outcome: readonly string[];
  readonly columns: readonly string[];
  /** Rows and data of COPY. */
  readonly rows: readonly string[];
  /** What errors and notices say. */
  readonly wording: readonly string[];
}

function split(messages: readonly WholeMessage[]): Answer {
  const outcome: string[] = [];
  const columns: string[] = [];
  const rows: string[] = [];
  const wording: string[] = [];
  for (const message of messages) {
    const body = bodyOf(message);
    switch (message.type) {
      case 'T':
        for (const { name, typeOid, typeModifier, typeSize } of decodeRowDescription(body).columns)
          columns.push(JSON.stringify([name, typeOid, typeModifier, typeSize]));
        break;
      case 'D':
      case 'd':
        rows.push(body.toString('latin1'));
        break;
      case 'E':
      case 'N': {
        const fields = decodeFields(body, 'answer');
        const said = ['S', 'M', 'D', 'H'].map((code) => fields.get(code) ?? '');
        if (message.type === 'E') outcome.push(`${fields.get('C')}`);
        wording.push(`${fields.get('C')} ${said.join(' | ')}`);
        break;
      }
      case 'S':
      case 'A':
        break;
      default:
        outcome.push(`${message.type} ${body.toString('latin1')}`);
    }
  }
  return { outcome, columns, rows, wording };
}

const SHOWN_CHARACTERS_MAX = 300;

function show(lines: readonly string[], at: number): string {
  const text = lines.slice(at, at + 3).join('\n');
  // oxlint-disable-next-line no-control-regex -- lengths of fields stand between them
  return text.slice(0, SHOWN_CHARACTERS_MAX).replaceAll(/[\0-\u001f]+/g, ' ');
}
