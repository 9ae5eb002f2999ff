import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskPlan } from '../mask-plan.ts';
import { isSameTree, isTree, listIn, openAs } from './check-rewrite-tree.ts';
import { hideEquals } from './equal-rows.ts';
import { quoteName } from './quoted-name.ts';

/** Trees of mask expressions that are kept for one plan. */
const treesMax = 10_000;

const treesOfPlans = new WeakMap<MaskPlan, Map<string, unknown>>();

/** Knows the trees of the expressions that a plan prescribes. They are parsed once for each plan. */
export class PrescribedExpressions {
  readonly #parser: SqlParser;
  readonly #trees: Map<string, unknown>;

  constructor(parser: SqlParser, plan: MaskPlan) {
    this.#parser = parser;
    let trees = treesOfPlans.get(plan);
    if (trees === undefined || trees.size >= treesMax) {
      trees = new Map();
      treesOfPlans.set(plan, trees);
    }
    this.#trees = trees;
  }

  /**
   * Whether `tree` is what the plan prescribes for the column under that reference (`['p', 'ssn']`), whether or not it hides which rows hold
   * the same.
   *
   * @param isKeyed Whether the expression with keys will do; the one without always does.
   */
  isMask(
    tree: unknown,
    column: MaskedColumn,
    reference: readonly string[],
    isKeyed: boolean,
  ): boolean {
    const quoted = reference.map(quoteName).join('.');
    const row = reference.slice(0, -1).map(quoteName).join('.');
    const keyless = column.keylessExpression(quoted);
    if (this.#isSame(tree, keyless, row)) return true;
    if (!isKeyed) return false;
    const keyed = column.expression(quoted);
    return keyed !== keyless && this.#isSame(tree, keyed, row);
  }

  #isSame(tree: unknown, mask: string, row: string): boolean {
    if (isSameTree(tree, this.#parse(mask))) return true;
    if (row === '' || openAs(tree, 'CaseExpr') === undefined) return false;
    return (['place', 'none'] as const).some((identity) =>
      isSameTree(tree, this.#parse(hideEquals(mask, row, identity))),
    );
  }

  /** The tree of an expression; a tree that equals nothing if it is not one. */
  #parse(expression: string): unknown {
    const cached = this.#trees.get(expression);
    if (cached !== undefined) return cached;
    const tree = readExpression(this.#parser, expression) ?? Symbol('not an expression');
    this.#trees.set(expression, tree);
    return tree;
  }
}

function readExpression(parser: SqlParser, expression: string): unknown {
  const parsed = parser.parse(`SELECT ${expression}`);
  if (parsed.kind !== 'tree' || parsed.statements.length !== 1) return undefined;
  const select = openAs(parsed.statements[0]?.node, 'SelectStmt');
  if (select === undefined) return undefined;
  const { targetList: _list, limitOption: _limit, op: _op, ...rest } = select;
  const [target, ...more] = listIn(select, 'targetList');
  if (Object.keys(rest).length > 0 || more.length > 0) return undefined;
  const result = openAs(target, 'ResTarget');
  return isTree(result?.['val']) && result['name'] === undefined ? result['val'] : undefined;
}
