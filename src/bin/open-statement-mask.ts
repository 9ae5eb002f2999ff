import { setTimeout as wait } from 'node:timers/promises';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { MaskStatement } from '../exports/export-record.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import type { CatalogCache } from '../protocols/postgres/catalog-cache.ts';
import { type MaskLiteralsContext, maskLiterals } from '../protocols/postgres/mask-literals.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import { isPostgres } from '../targets/target.ts';
import type { Log } from '../telemetry/log.ts';
import type { Ways } from '../upstream/ways.ts';
import { MaskingByTarget } from './masking-by-target.ts';

/** Masked statements that are remembered, and characters of the longest: many are the same. */
const REMEMBERED_MAX = 2_000;
const REMEMBERED_LENGTH_MAX = 4_096;
/** Milliseconds that exports wait for a catalog, and until they do so again for the same target. */
const CATALOG_WAIT_MS = 5_000;
const CATALOG_REST_MS = 60_000;

export interface StatementMaskParts {
  /** The configuration of this moment. */
  readonly configuration: () => Configuration;
  readonly ways: Ways;
  readonly log: Log;
}

/**
 * Hides the values of statements by the data map and catalog of their target, as they are when the statement is exported. Where they
 * cannot be had, every value is hidden.
 */
export function openStatementMask({ configuration, ways, log }: StatementMaskParts): MaskStatement {
  const targets = new PostgresTargets(ways, log, new AbortController().signal);
  const maskings = new MaskingByTarget();
  const rests = new CatalogRests();
  let parser: Promise<SqlParser> | undefined;
  let remembered = new Map<string, string | undefined>();
  let rememberedFor: Configuration | undefined;

  const findKnown = async (
    name: string,
    database: string,
    loaded: SqlParser,
  ): Promise<MaskLiteralsContext['known']> => {
    const target = configuration()
      .targets.filter(isPostgres)
      .find((each) => each.name === name);
    const masking = target && maskings.find(target, loaded);
    if (target === undefined || masking === undefined) return undefined;
    const catalogs = targets.findCatalogs(target, database);
    if (catalogs.isTooOld) await rests.refresh(catalogs);
    const catalog = catalogs.current;
    return catalog && { catalog, classification: masking.classify(catalog) };
  };

  return async ({ target, database, text, relations }) => {
    if (rememberedFor !== configuration()) {
      rememberedFor = configuration();
      remembered = new Map();
    }
    const key = JSON.stringify([target, database, text, relations]);
    if (remembered.has(key)) return remembered.get(key);
    parser ??= loadParser({ textBytesMax: configuration().limits.statementBytesMax });
    const loaded = await parser;
    const known = await findKnown(target, database, loaded);
    const masked = maskLiterals(text, { parser: loaded, known, relations });
    // What was masked without a catalog may be shown with one.
    if (known !== undefined && key.length <= REMEMBERED_LENGTH_MAX) {
      if (remembered.size >= REMEMBERED_MAX) remembered = new Map();
      remembered.set(key, masked);
    }
    return masked;
  };
}

/** A target that does not answer is waited for once in a while, and not at each statement. */
class CatalogRests {
  readonly #untilMs = new WeakMap<CatalogCache, number>();

  async refresh(catalogs: CatalogCache): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < (this.#untilMs.get(catalogs) ?? 0)) return;
    const reading = catalogs.refresh().then(
      () => true,
      () => false,
    );
    const isRead = await Promise.race([reading, wait(CATALOG_WAIT_MS, false, { ref: false })]);
    if (!isRead) this.#untilMs.set(catalogs, nowMs + CATALOG_REST_MS);
  }
}
