import { randomBytes } from 'node:crypto';
import type { DataMap } from '../../src/configuration/data-map.ts';
import type { MaskContext } from '../../src/masking/masks/mask-context.ts';
import { createMaskKeys } from '../../src/masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../../src/masking/open-target-masking.ts';
import { checkRewrite } from '../../src/masking/postgres/check-rewrite.ts';
import {
  type Rewrite,
  rewriteText,
  type StatementRewrite,
} from '../../src/masking/postgres/rewrite.ts';
import type { TargetMasking } from '../../src/masking/target-masking.ts';
import { buildCatalog } from '../../src/sql/postgres/build-catalog.ts';
import type { Catalog, NameContext } from '../../src/sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../src/sql/postgres/catalog-queries.ts';
import { decodeCatalogRows } from '../../src/sql/postgres/decode-catalog.ts';
import type { SqlParser } from '../../src/sql/postgres/parser.ts';
import type { Side } from '../e2e/environment.ts';
import { message, type RawMessage } from '../e2e/raw-connection.ts';
import type { Answer } from './detector.ts';
import { answerOf, type Door, type Form, type LeakClient, WireClient } from './leak-client.ts';

/** What a rewrite was refused for, by reason, and how often the post-check disagreed with the rewrite. */
export interface RewriteCounts {
  readonly refusals: Map<string, number>;
  /** Texts that the rewrite let pass and the post-check did not, with its reason. */
  readonly disagreements: Map<string, string>;
}

/** Shared by the doors of one run. */
export interface RewriteDoorParts {
  readonly parser: SqlParser;
  readonly masking: TargetMasking;
  /** False: what the post-check finds sound as it is is sent as it is. So only the post-check is tried. */
  readonly rewrites: boolean;
  readonly counts: RewriteCounts;
}

/** Makes what {@link openRewriteDoor} needs, with keys of its own. */
export function prepareRewriting(
  dataMap: DataMap,
  { parser, rewrites, counts }: Omit<RewriteDoorParts, 'masking'>,
): RewriteDoorParts {
  const context: MaskContext = {
    keys: createMaskKeys(randomBytes(32), 1),
    thisYear: new Date().getUTCFullYear(),
  };
  return {
    parser,
    rewrites,
    masking: openTargetMasking({
      dataMap,
      parser,
      textMasks: { redact: () => undefined, redactJson: () => undefined },
      context: () => context,
    }),
    counts,
  };
}

/**
 * Stands in for a gateway: rewrites and checks each text, and sends what came of it straight to the server. So only the first net is
 * tried. Columns that the second net would look through are left out of the answers, as are errors about classified relations.
 */
export function openRewriteDoor(side: Side, parts: RewriteDoorParts): Door {
  const catalogs = new CatalogReader(side);
  return {
    open: async (startup) =>
      new RewriteClient(await WireClient.connect(side, startup), catalogs, parts),
  };
}

/** Reads the catalog on a connection of its own, as a gateway does: what a transaction has not committed is not in it. */
class CatalogReader {
  readonly #side: Side;
  #catalog: Promise<Catalog> | undefined;

  constructor(side: Side) {
    this.#side = side;
  }

  read(): Promise<Catalog> {
    this.#catalog ??= this.#readNew();
    return this.#catalog;
  }

  forget(): void {
    this.#catalog = undefined;
  }

  async #readNew(): Promise<Catalog> {
    const wire = await WireClient.connect(this.#side);
    const rows = await textRows(wire, CATALOG_QUERY);
    wire.close();
    return buildCatalog(decodeCatalogRows(rows));
  }
}

async function textRows(
  wire: WireClient,
  text: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const { rows } = answerOf(await wire.exchange(text, 'simple'));
  return rows.map((row) => row.map((field) => field?.toString() ?? null));
}

const STATE_QUERY = `
  SELECT 'path', pg_catalog.unnest(pg_catalog.current_schemas(false))::text
  UNION ALL SELECT 'temp', relname::text FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()`;

const MAY_CHANGE_NAMES =
  /\b(create|alter|drop|into|rollback|commit|discard|set|reset|set_config)\b/i;
const MAY_CHANGE_CATALOG = /\b(create|alter|drop|into|commit)\b/i;

class RewriteClient implements LeakClient {
  readonly #wire: WireClient;
  readonly #catalogs: CatalogReader;
  readonly #parts: RewriteDoorParts;
  #names: NameContext | undefined;

  constructor(wire: WireClient, catalogs: CatalogReader, parts: RewriteDoorParts) {
    this.#wire = wire;
    this.#catalogs = catalogs;
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  async run(text: string, form: Form): Promise<Answer> {
    const names = await this.#look();
    const catalog = await this.#catalogs.read();
    const { parser, masking, counts } = this.#parts;
    const plan = masking.findPlan(catalog, new Map());
    if (plan === undefined) throw new Error('Cannot rewrite: the data map classifies nothing');
    const rewritten: Rewrite = this.#parts.rewrites
      ? rewriteText(text, { parser, plan, names })
      : { kind: 'run', text, statements: [] };
    if (rewritten.kind === 'refuse') {
      counts.refusals.set(rewritten.reason, (counts.refusals.get(rewritten.reason) ?? 0) + 1);
      return this.#refuse(rewritten.reason, form);
    }
    const checked = checkRewrite(rewritten.text, { parser, plan, names });
    if (checked.kind === 'unsound') {
      counts.disagreements.set(text, checked.reason);
      return this.#refuse(checked.reason, form);
    }
    const messages = await this.#wire.exchange(rewritten.text, form);
    if (MAY_CHANGE_NAMES.test(text)) this.#names = undefined;
    if (MAY_CHANGE_CATALOG.test(text)) this.#catalogs.forget();
    return answerOf(
      this.#parts.rewrites ? withhold(messages, rewritten.statements) : withoutErrors(messages),
    );
  }

  close(): void {
    this.#wire.close();
  }

  /** A refusal aborts a transaction that is open, as an error of the server's own would. */
  async #refuse(reason: string, form: Form): Promise<Answer> {
    await this.#wire.exchange("DO $$ BEGIN RAISE EXCEPTION 'refused'; END $$", form);
    return refusal(reason);
  }

  async #look(): Promise<NameContext> {
    if (this.#names !== undefined) return this.#names;
    const state = await textRows(this.#wire, STATE_QUERY);
    const values = (kind: string): string[] =>
      state.filter(([what]) => what === kind).map(([, value]) => value ?? '');
    const names: NameContext = {
      // In a transaction that failed nothing can be asked; nor does anything run.
      searchPaths: state.length === 0 ? undefined : [values('path')],
      overlay: values('temp').map((name) => ({ schema: 'pg_temp', name })),
      functionsAllowed: new Set(),
      standardConformingStrings: true,
      clientEncoding: 'UTF8',
    };
    if (state.length > 0) this.#names = names;
    return names;
  }
}

function refusal(reason: string): Answer {
  return answerOf([{ type: 'E', body: Buffer.from(`SERROR\0C42501\0M${reason}\0\0`) }]);
}

/** Takes out what the second net would look through. */
function withhold(
  messages: readonly RawMessage[],
  statements: readonly StatementRewrite[],
): readonly RawMessage[] {
  let index = 0;
  return messages.map((one) => {
    const statement = statements[Math.min(index, statements.length - 1)];
    if (one.type === 'C' || one.type === 'I') index += 1;
    if (one.type === 'D') return { type: 'D', body: withoutInspected(one.body, statement) };
    const isAboutRows = one.type === 'E' || one.type === 'N';
    if (one.type === 'A') return { type: 'A', body: one.body.subarray(0, 4) };
    const isHidden =
      statement === undefined || statement.touchesClassified || statement.mayRunHiddenCode;
    return isAboutRows && isHidden ? { type: one.type, body: Buffer.alloc(0) } : one;
  });
}

/** What the server says of errors is withheld by others; of a statement that ran, only its rows tell of the post-check. */
function withoutErrors(messages: readonly RawMessage[]): readonly RawMessage[] {
  return messages.filter(({ type }) => type !== 'E' && type !== 'N' && type !== 'A');
}

function withoutInspected(body: Buffer, statement: StatementRewrite | undefined): Buffer {
  const [row = []] = answerOf([{ type: 'D', body }]).rows;
  const parts = row.flatMap((field, index) => {
    const isInspected = (statement?.outputs?.[index]?.inspect ?? 'unknown') !== 'none';
    const shown = isInspected ? Buffer.from('inspected') : field;
    const length = Buffer.alloc(4);
    length.writeInt32BE(shown?.length ?? -1);
    return shown === undefined ? [length] : [length, shown];
  });
  return message('D', body.subarray(0, 2), ...parts).subarray(5);
}
