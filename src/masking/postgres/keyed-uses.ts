import type { ColumnRef, Node } from '../../sql/postgres/tree.ts';
import type { KeyedColumn } from '../vault/keyed-form.ts';
import type { OutputColumn } from './output-column.ts';

/** A parameter that a statement compares with pseudonyms or with what vault tokens stand for. */
export interface KeyedParameter {
  readonly keyed: KeyedColumn;
  /** `= ANY ($1)`: its elements are compared. */
  readonly isArray: boolean;
}

/** What a statement looks up, besides what is known by its prefix. */
export interface Lookups {
  /** Constants in it that are compared with pseudonyms or tokens. The same for every text of its shape. */
  readonly constants: number;
  /** By number, from 1. */
  readonly parameters: ReadonlyMap<number, KeyedParameter>;
}

/** Collects, of one statement, what is done with pseudonyms and with what vault tokens stand for. */
export class KeyedUses {
  /** References that show or compare a whole value. All others to a vault's column are hidden. */
  readonly #plain = new WeakSet<ColumnRef>();
  readonly #parameters = new Map<number, KeyedParameter>();
  /** How often each parameter stands anywhere, less how often it is compared. */
  readonly #otherUses = new Map<number, number>();
  #constants = 0;
  #constantsSeen = 0;
  #isLoose = false;
  #isInDoubt = false;

  /** It is not certain where what tokens stand for gets to, so that none of it may be read. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Marks a column reference, if it is one, as one that leaves the value whole. */
  markPlain(node: Node | undefined): void {
    if (node !== undefined && 'ColumnRef' in node) this.#plain.add(node.ColumnRef);
  }

  isPlain(reference: ColumnRef): boolean {
    return this.#plain.has(reference);
  }

  /** Pseudonyms without a prefix are computed with: any constant may be one. */
  loosen(): void {
    this.#isLoose = true;
  }

  /** A constant stands in the statement. */
  seeConstant(): void {
    this.#constantsSeen += 1;
  }

  /** A parameter stands in the statement. */
  seeParameter(number: number): void {
    this.#otherUses.set(number, (this.#otherUses.get(number) ?? 0) + 1);
  }

  /** A constant is compared with such a column. */
  compareConstant({ form }: KeyedColumn): void {
    if (form.kind !== 'prefixed') this.#constants += 1;
  }

  /** A parameter is compared with such a column. */
  compareParameter(number: number, parameter: KeyedParameter): void {
    this.#otherUses.set(number, (this.#otherUses.get(number) ?? 0) - 1);
    const known = this.#parameters.get(number);
    if (known === undefined) this.#parameters.set(number, parameter);
    else if (known.keyed.id !== parameter.keyed.id || known.isArray !== parameter.isArray)
      this.doubt();
  }

  /** What columns that become one have in common. */
  unite(columns: readonly { readonly output: OutputColumn }[]): KeyedColumn | undefined {
    const [first, ...others] = columns.map(({ output }) => output.keyed);
    if (others.every((other) => other?.id === first?.id)) return first;
    // Beside others, what tokens stand for could be guessed.
    if ([first, ...others].some((one) => one?.purpose === 'vault')) this.doubt();
    return undefined;
  }

  /**
   * The statement is known: whether a value takes the place of a token's that is used otherwise, too.
   *
   * @param isOpen Whether something else than the server's own code may read what a parameter is given, or that comes as an expression.
   */
  finish(
    columns: readonly { readonly output: OutputColumn }[] | undefined,
    isOpen: (parameter: number) => boolean,
  ): void {
    if (columns === undefined) this.doubt();
    for (const [number, { keyed }] of this.#parameters) {
      if (keyed.purpose !== 'vault') continue;
      if (isOpen(number) || this.#otherUses.get(number) !== 0) this.doubt();
    }
  }

  /** Undefined: nothing is looked up but what is known by its prefix. */
  toLookups(): Lookups | undefined {
    const constants = this.#isLoose ? this.#constantsSeen : this.#constants;
    const parameters = this.#isInDoubt
      ? [...this.#parameters].filter(([, { keyed }]) => keyed.purpose !== 'vault')
      : [...this.#parameters];
    if (constants === 0 && parameters.length === 0) return undefined;
    return { constants, parameters: new Map(parameters) };
  }
}
