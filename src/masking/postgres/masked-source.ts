import { type Node, type RangeVar, stringsOf } from '../../sql/postgres/tree.ts';
import type { MaskedRelation } from '../mask-plan.ts';
import { hideEquals, type RowIdentity } from './equal-rows.ts';
import type { NamedColumns } from './named-columns.ts';
import { quoteName } from './quoted-name.ts';

/** How a reference to a classified relation is written in the client's text. */
export interface MaskedSourceOptions {
  readonly relation: MaskedRelation;
  readonly range: RangeVar;
  /** What the server can tell its rows from each other by. */
  readonly identity: RowIdentity;
  /** `TABLESAMPLE …` as written; empty for none. */
  readonly sample: string;
  /** The server stores or shows the text: no keys in it. */
  readonly keyless: boolean;
  /** What the statement names. */
  readonly named: NamedColumns;
}

/** A reference to a classified relation, which becomes a subquery; collects what the query around it needs of that. */
export class MaskedSource {
  readonly relation: MaskedRelation;
  readonly alias: string;
  readonly isKeyless: boolean;
  readonly #range: RangeVar;
  readonly #identity: RowIdentity;
  readonly #sample: string;
  readonly #named: NamedColumns;
  /** System columns that the statement names. */
  readonly systemColumns: Set<string> = new Set();
  /** Free text that is shown to the second net: column → the name under which it is there as it is. */
  readonly rawColumns: Map<string, string> = new Map();
  /** What `*` stands for in `TABLE relation`, where it does not stand in the text. */
  starText: string | undefined;
  /** What vault tokens stand for may not be read: it could get where it is not known for what it is. */
  hidesTokens = false;
  /** The server may not find out which rows hold the same. */
  hidesEquals = false;
  /** Something may read it as a whole row. */
  isUsedWhole = false;
  /** Columns that the statement names outside of conditions, masked ones among them; `*` for the whole row. */
  readonly used: Set<string> = new Set();

  constructor({ relation, range, identity, sample, keyless, named }: MaskedSourceOptions) {
    this.relation = relation;
    this.alias = range.alias?.aliasname ?? range.relname ?? '';
    this.isKeyless = keyless;
    this.#range = range;
    this.#identity = identity;
    this.#sample = sample;
    this.#named = named;
  }

  /** Whether `*` would show more than the relation's own columns. */
  get hasExtraColumns(): boolean {
    return this.systemColumns.size > 0 || this.rawColumns.size > 0;
  }

  get usesMasked(): boolean {
    return this.used.has('*') || [...this.used].some((name) => this.relation.columns.has(name));
  }

  /** The subquery, without brackets. */
  formatQuery(): string {
    const { schema, name } = this.relation.relation;
    const alias = quoteName(this.alias);
    const columns = [
      ...this.#formatColumns(),
      ...[...this.systemColumns].map((column) => `${alias}.${quoteName(column)}`),
      ...[...this.rawColumns].map(
        ([column, hidden]) => `${alias}.${quoteName(column)} AS ${quoteName(hidden)}`,
      ),
    ];
    const only = this.#range.inh === true ? '' : 'ONLY ';
    const sample = this.#sample === '' ? '' : ` ${this.#sample}`;
    return `SELECT ${columns.join(', ')} FROM ${only}${quoteName(schema)}.${quoteName(name)} AS ${alias}${sample}`;
  }

  /** The columns that something may read, in their order; never none. */
  #formatColumns(): readonly string[] {
    const { columns } = this.relation.relation;
    if (this.isUsedWhole) return columns.map((column) => this.#formatColumn(column));
    const aliases = stringsOf(this.#range.alias?.colnames);
    const shown = columns.flatMap((column, index) => {
      if (this.#named.mayRead(this.alias, aliases[index] ?? column)) {
        return this.#formatColumn(column);
      }
      // Aliases of columns go by position, so something has to stand there.
      return index < aliases.length ? `NULL AS ${quoteName(column)}` : [];
    });
    if (shown.length > 0) return shown;
    const any = columns.find((column) => !this.relation.columns.has(column)) ?? columns[0] ?? '';
    return [this.#formatColumn(any)];
  }

  #formatColumn(column: string): string {
    const row = quoteName(this.alias);
    const reference = `${row}.${quoteName(column)}`;
    const masked = this.relation.columns.get(column);
    if (masked === undefined) return reference;
    const hidesToken = this.hidesTokens && masked.keyed?.purpose === 'vault';
    const keyless = this.isKeyless || hidesToken;
    const mask = formatReference(this.relation, column, { reference, keyless });
    // A stand-in says which rows hold the same, as does what is shown as it is; a constant reads nothing of them.
    const tells = masked.keyed !== undefined || mask === reference;
    const hides = this.hidesEquals && !tells && mask.includes(row);
    const shown = hides ? hideEquals(mask, row, this.#identity) : mask;
    return `${shown} AS ${quoteName(column)}`;
  }

  /** What stands in the tree in place of the RangeVar, given the subquery's own tree. */
  toNode(subquery: Node): Node {
    const alias = this.#range.alias ?? { aliasname: this.alias };
    return { RangeSubselect: { subquery, alias } };
  }
}

/** The mask of a column, or the reference alone where the column is shown as it is. */
export function formatReference(
  relation: MaskedRelation,
  column: string,
  { reference, keyless }: { readonly reference: string; readonly keyless: boolean },
): string {
  const masked = relation.columns.get(column);
  if (masked === undefined) return reference;
  return keyless ? masked.keylessExpression(reference) : masked.expression(reference);
}
