import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Classification } from '../classification.ts';
import { whoseRows } from './shows-whose.ts';
import type { WhoseRows } from './whose-rows.ts';

const readers = new WeakMap<Classification, ViewPatients>();

/** Reads from their definitions whose rows views show. Each is read once for a classification. */
export class ViewPatients {
  readonly #parser: SqlParser;
  readonly #catalog: Catalog;
  readonly #classification: Classification;
  readonly #found = new Map<number, WhoseRows>();

  private constructor(parser: SqlParser, catalog: Catalog, classification: Classification) {
    this.#parser = parser;
    this.#catalog = catalog;
    this.#classification = classification;
  }

  /** The one for a classification, which is of one catalog. */
  static of(parser: SqlParser, catalog: Catalog, classification: Classification): ViewPatients {
    let reader = readers.get(classification);
    if (reader === undefined) {
      reader = new ViewPatients(parser, catalog, classification);
      readers.set(classification, reader);
    }
    return reader;
  }

  /** Of a view that nobody can read, others'. */
  readonly find = (view: CatalogRelation): WhoseRows => {
    const known = this.#found.get(view.oid);
    if (known !== undefined) return known;
    const { interruptions } = this.#parser;
    const found = this.#read(view);
    if (this.#parser.interruptions === interruptions) this.#found.set(view.oid, found);
    return found;
  };

  #read({ definition = '' }: CatalogRelation): WhoseRows {
    const parsed = this.#parser.parse(definition);
    const [only, ...others] = parsed.kind === 'tree' ? parsed.statements : [];
    if (only === undefined || others.length > 0) return 'others';
    return whoseRows(only.node, {
      classification: this.#classification,
      // The definition qualifies every name outside of `pg_catalog`.
      findRelation: (schema = 'pg_catalog', name) => this.#catalog.findRelation(schema, name),
      findWhose: this.find,
    });
  }
}
