import type { CandidateFinder } from './check-rewrite-candidates.ts';
import {
  columnParts,
  forEachTree,
  isTree,
  listIn,
  namesIn,
  openAs,
  type Tree,
  textIn,
} from './check-rewrite-tree.ts';

const NOTHING: ReadonlySet<string> = new Set();
const NO_ITEM: Tree = {};
/** What the rows of a write's target go by beside its alias, and those of VALUES. */
const ROWS_OF_OTHERS: ReadonlySet<string> = new Set(['excluded', 'old', 'new', '*VALUES*']);

/**
 * Knows of what goes by an alias in a statement which columns it certainly has: `p.f` is then no call of f with the row. Rather too few
 * than too many: scopes are not told apart.
 */
export class CertainColumns {
  readonly #finder: CandidateFinder;
  /** By alias: all that goes by it, at whatever level. */
  readonly #items = new Map<string, Tree[]>();
  /** By name: all common table expressions. */
  readonly #ctes = new Map<string, Tree[]>();
  /** What is found of items and expressions, so that each is looked through once. One that reads itself has nothing yet. */
  readonly #found = new Map<Tree, ReadonlySet<string>>();
  /** Something may go by any alias. */
  #hasUnknown = false;

  constructor(statement: unknown, finder: CandidateFinder) {
    this.#finder = finder;
    const locks = new Set<Tree>();
    const see = (tree: Tree): void => {
      const lock = openAs(tree, 'LockingClause');
      // It names what stands in FROM, by its alias.
      if (lock !== undefined) locks.add(lock);
      if (isNamedByServer(tree)) this.#hasUnknown = true;
      const alias = isTree(tree['alias']) ? textIn(tree['alias'], 'aliasname') : '';
      const name = alias === '' ? textIn(tree, 'relname') : alias;
      if (name !== '') getOrAdd(this.#items, name).push(tree);
      const cte = textIn(tree, 'ctename');
      if (cte !== '') getOrAdd(this.#ctes, cte).push(tree);
      for (const other of namesOfOthers(tree)) getOrAdd(this.#items, other).push(NO_ITEM);
    };
    forEachTree(statement, see, locks);
  }

  /** Whether whatever goes by that alias has a column of that name. */
  has(alias: string, name: string): boolean {
    const items =
      this.#hasUnknown || ROWS_OF_OTHERS.has(alias) ? [] : (this.#items.get(alias) ?? []);
    return items.length > 0 && items.every((item) => this.#namesOf(item).has(name));
  }

  /** Columns of something in FROM, or of the target of a write. */
  #namesOf(item: Tree): ReadonlySet<string> {
    return this.#once(item, () => this.#findNamesOf(item));
  }

  #once(tree: Tree, find: () => ReadonlySet<string>): ReadonlySet<string> {
    const known = this.#found.get(tree);
    if (known !== undefined) return known;
    this.#found.set(tree, NOTHING);
    const names = find();
    this.#found.set(tree, names);
    return names;
  }

  #findNamesOf(item: Tree): ReadonlySet<string> {
    const { alias } = item;
    const renamed = isTree(alias) ? listIn(alias, 'colnames') : [];
    // Names go by position, and the others may be any.
    if (renamed.length > 0) return new Set(namesIn(renamed));
    if (typeof item['relname'] === 'string') return this.#namesOfRange(item);
    return this.#namesOfQuery(item['subquery']);
  }

  #namesOfRange(range: Tree): ReadonlySet<string> {
    const relation = this.#finder.findCertain(range);
    const ctes = textIn(range, 'schemaname') === '' ? this.#ctes.get(textIn(range, 'relname')) : [];
    if (ctes === undefined || ctes.length === 0) return new Set(relation?.columns);
    const all = ctes.map((cte) => this.#namesOfCte(cte));
    if (!this.#finder.findByRange(range).isUnknown) all.push(new Set(relation?.columns));
    const [first = NOTHING, ...others] = all;
    return new Set([...first].filter((name) => others.every((names) => names.has(name))));
  }

  #namesOfCte(cte: Tree): ReadonlySet<string> {
    const renamed = listIn(cte, 'aliascolnames');
    if (renamed.length > 0) return new Set(namesIn(renamed));
    return this.#once(cte, () => this.#namesOfQuery(cte['ctequery']));
  }

  #namesOfQuery(query: unknown): ReadonlySet<string> {
    let select = openAs(query, 'SelectStmt');
    // The leftmost query of a UNION names the columns.
    while (isTree(select?.['larg'])) select = select['larg'];
    if (select === undefined) return NOTHING;
    const from = listIn(select, 'fromClause');
    return new Set(
      listIn(select, 'targetList').flatMap((item) => {
        const target = openAs(item, 'ResTarget') ?? {};
        const parts = columnParts(target['val']) ?? [];
        if (textIn(target, 'name') !== '') return [textIn(target, 'name')];
        if (target['indirection'] !== undefined) return [];
        if (parts.at(-1) !== '*') return parts.slice(-1);
        // Of two tables of that name, one may be meant that has fewer.
        if (parts.length > 2) return [];
        return from.flatMap((one) => [...this.#namesShown(one, parts.at(-2))]);
      }),
    );
  }

  /** What a star shows of an item of FROM: of all of it, or of what goes by an alias. */
  #namesShown(item: unknown, alias: string | undefined): ReadonlySet<string> {
    const join = openAs(item, 'JoinExpr');
    if (join !== undefined && join['alias'] === undefined) {
      const sides = [join['larg'], join['rarg']];
      return new Set(sides.flatMap((side) => [...this.#namesShown(side, alias)]));
    }
    const body =
      openAs(item, 'RangeVar') ??
      openAs(item, 'RangeSubselect') ??
      openAs(openAs(item, 'RangeTableSample')?.['relation'], 'RangeVar');
    if (body === undefined) return NOTHING;
    const own = isTree(body['alias'])
      ? textIn(body['alias'], 'aliasname')
      : textIn(body, 'relname');
    return alias === undefined || alias === own ? this.#namesOf(body) : NOTHING;
  }
}

/** Names of what nothing is known of: of joins, of rows in RETURNING, of new tables, and of functions in FROM that have no alias. */
function namesOfOthers(tree: Tree): readonly string[] {
  const { join_using_alias: joined, relation, tableElts: elements } = tree;
  const names = [
    isTree(joined) ? textIn(joined, 'aliasname') : '',
    textIn(openAs(tree, 'ReturningOption') ?? {}, 'value'),
    isTree(relation) && elements !== undefined ? textIn(relation, 'relname') : '',
    ...(tree['alias'] === undefined ? callsIn(tree) : []).map(
      (call) => namesIn(listIn(call ?? {}, 'funcname'))?.at(-1) ?? '',
    ),
  ];
  return names.filter((name) => name !== '');
}

/** Whether something in FROM has no alias, and goes by what the server calls an expression, or a table of XML or JSON. */
function isNamedByServer(tree: Tree): boolean {
  const document = openAs(tree, 'RangeTableFunc') ?? openAs(tree, 'JsonTable');
  if (document !== undefined) return document['alias'] === undefined;
  return tree['alias'] === undefined && callsIn(tree).includes(undefined);
}

/** Calls that stand in FROM; undefined for each that is written like no function. */
function callsIn(tree: Tree): readonly (Tree | undefined)[] {
  return listIn(tree, 'functions').map((item) => {
    const [call] = listIn(openAs(item, 'List') ?? {}, 'items');
    return openAs(call, 'FuncCall');
  });
}

function getOrAdd(map: Map<string, Tree[]>, key: string): Tree[] {
  const known = map.get(key) ?? [];
  map.set(key, known);
  return known;
}
