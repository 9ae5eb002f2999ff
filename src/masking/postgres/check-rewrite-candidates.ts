import type { CatalogRelation, NameContext } from '../../sql/postgres/catalog.ts';
import type { MaskedRelation, MaskPlan } from '../mask-plan.ts';
import { type Tree, textIn } from './check-rewrite-tree.ts';

/** What a relation's name may mean. */
export interface Candidates {
  readonly relations: readonly CatalogRelation[];
  /** Those of them with columns to mask. */
  readonly masked: readonly MaskedRelation[];
  /** Neither the catalog nor the session has anything of that name: nobody knows what it is. */
  readonly isUnknown: boolean;
}

/** Finds what names may mean; with too many rather than too few answers. Independent of the resolver that the rewrite uses. */
export class CandidateFinder {
  readonly #plan: MaskPlan;
  readonly #names: NameContext;
  readonly #changedInText: ReadonlySet<string>;
  readonly #isPathKnown: boolean;
  #mayLackColumns: boolean | undefined;

  /**
   * @param changedInText Names that statements of the same text may create, move or drop.
   * @param changesPath Whether the text may change the search path.
   */
  constructor(
    plan: MaskPlan,
    names: NameContext,
    changedInText: ReadonlySet<string>,
    changesPath: boolean,
  ) {
    this.#plan = plan;
    this.#names = names;
    this.#changedInText = changedInText;
    this.#isPathKnown = names.searchPaths !== undefined && !changesPath;
  }

  findByRange(range: Tree): Candidates {
    return this.find(textIn(range, 'schemaname'), textIn(range, 'relname'));
  }

  /** @param schema Empty for an unqualified name. */
  find(schema: string, name: string): Candidates {
    // What a session made for itself holds nothing that it did not see.
    if (/^pg_temp(_\d+)?$/.test(schema)) return { relations: [], masked: [], isUnknown: false };
    const relations = schema === '' ? this.#anywhere(name) : this.#inSchema(schema, name);
    const masked = relations.flatMap(({ oid }) => this.#plan.find(oid) ?? []);
    return { relations, masked, isUnknown: relations.length === 0 && !this.#isChanged(name) };
  }

  /** The one relation that a range means; undefined where it may be another, or not what the catalog says. */
  findCertain(range: Tree): CatalogRelation | undefined {
    const [schema, name] = [textIn(range, 'schemaname'), textIn(range, 'relname')];
    this.#mayLackColumns ??= this.#isAnyTableChanged();
    if (this.#mayLackColumns || (schema === '' && !this.#isPathKnown)) return undefined;
    const [relation, ...others] = this.find(schema, name).relations;
    return others.length === 0 ? relation : undefined;
  }

  /** Columns go with a type that is dropped, and with those of a parent: which ones, no name says. */
  #isAnyTableChanged(): boolean {
    const names = [...this.#changedInText, ...this.#names.overlay.map((entry) => entry.name)];
    return names.some(
      (name) =>
        name === '' || name === 'DROP_CASCADE' || this.#plan.catalog.findByName(name).length > 0,
    );
  }

  #inSchema(schema: string, name: string): readonly CatalogRelation[] {
    const relation = this.#plan.catalog.findRelation(schema, name);
    return relation === undefined ? [] : [relation];
  }

  #anywhere(name: string): readonly CatalogRelation[] {
    const { catalog } = this.#plan;
    if (!this.#isPathKnown || this.#isChanged(name)) return catalog.findByName(name);
    const found = new Set<CatalogRelation>();
    for (const path of this.#names.searchPaths ?? []) {
      const searched = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
      for (const schema of searched) {
        const relation = catalog.findRelation(schema, name);
        if (relation === undefined) continue;
        found.add(relation);
        // What hides nothing may be gone when the server looks; then it finds what stands behind.
        if (schema === 'pg_catalog' || this.#plan.find(relation.oid) !== undefined) break;
      }
    }
    return [...found];
  }

  #isChanged(name: string): boolean {
    return (
      this.#changedInText.has(name) || this.#names.overlay.some((entry) => entry.name === name)
    );
  }
}
