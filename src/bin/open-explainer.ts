import type { Explanation } from '../api/explanation.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { explainCommand } from '../control-plane/explain-command.ts';
import {
  analyseActions,
  type ExplainParts,
  explainStatement,
} from '../control-plane/explain-statement.ts';
import type { ExplainQuestion } from '../control-plane/services.ts';
import type { Policies } from '../gateway/policies.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import type { PrincipalId } from '../identity/principal.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import { readRows } from '../protocols/postgres/catalog-reader.ts';
import type { NameContext } from '../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import type { PostgresTarget } from '../targets/target.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Ways } from '../upstream/ways.ts';
import { MaskingByTarget } from './masking-by-target.ts';
import { openRequestExplainer } from './open-request-explainer.ts';
import type { Services } from './open-services.ts';

/** Says what would become of a text or a request; undefined for a target or a database that clients cannot name. */
export type Explain = (
  question: ExplainQuestion,
  signal: AbortSignal,
) => Promise<Explanation | undefined>;

/** The actions of a text, as policies are asked about them; undefined where it names what was prepared before. */
export type AnalyseOperation = (
  target: PostgresTarget,
  operation: { readonly database: string; readonly sql: string },
  signal: AbortSignal,
) => Promise<readonly GuardedAction[] | undefined>;

export interface ExplainerParts {
  /** The configuration of this moment. */
  readonly configuration: () => Configuration;
  readonly policies: Policies;
  readonly services: Pick<Services, 'maskingKey' | 'store' | 'resolveSecret'>;
  readonly ways: Ways;
  /** Aborted when nothing is to be explained any more. */
  readonly signal: AbortSignal;
  /** Names of a principal's grants in force on a target. */
  readonly findGrants: (principalId: PrincipalId, target: string) => readonly string[];
  readonly log: Log;
}

/** Effective schemas in order, without the implied ones; one row each. */
const SEARCH_PATH_QUERY = 'SELECT pg_catalog.unnest(pg_catalog.current_schemas(false))';
const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport explain'],
  ['client_encoding', 'UTF8'],
]);

/**
 * Explains what is sent as the sessions of this process would meet it, but beside them: statements with catalogs and a parser of its own, and
 * under a key that was rolled for it alone. So nothing that is shown can hold a key of the pseudonyms that people see.
 *
 * What it needs is loaded at the first question.
 */
export function openExplainer(opened: ExplainerParts): {
  readonly explain: Explain;
  readonly analyse: AnalyseOperation;
} {
  const { configuration, policies, ways, findGrants, log } = opened;
  const targets = new PostgresTargets(ways, log, opened.signal);
  const maskings = new MaskingByTarget();
  let parser: Promise<SqlParser> | undefined;
  const load = (): Promise<SqlParser> => {
    parser ??= loadParser({ textBytesMax: configuration().limits.statementBytesMax });
    return parser;
  };
  const names = new NamesByDatabase((...where) => readNameContext(targets, ...where));
  const analyse: AnalyseOperation = async (target, { database, sql }, signal) => {
    const question = {
      parser: await load(),
      names: await names.find(target, database, signal),
      catalogs: targets.findCatalogs(target, database),
    };
    return analyseActions(question, { database, sql });
  };
  const explainRequest = openRequestExplainer(opened, load);
  const explain: Explain = async (question, signal) => {
    if ('request' in question) return explainRequest(question);
    const { principal, target: name, database: wanted, sql } = question;
    const { targets: configured } = configuration();
    const asked = wanted === undefined ? name : `${name}/${wanted}`;
    const catalogue = new TargetCatalogue(configured);
    const found = catalogue.findDatabase(asked);
    if (found.kind === 'unknown') {
      const host = catalogue.findAccount(asked);
      if (host.kind === 'unknown') return undefined;
      const { target, account } = host;
      const grants = findGrants(principal.id, target.name);
      return explainCommand(policies, { principal, grants, target, account, command: sql });
    }
    const loaded = await load();
    const { target, database } = found;
    const parts: ExplainParts = {
      policies,
      parser: loaded,
      findMasking: () => maskings.find(target, loaded),
      findCatalogs: (...where) => targets.findCatalogs(...where),
      readNameContext: (...where) => readNameContext(targets, ...where),
    };
    const grants = findGrants(principal.id, target.name);
    return explainStatement(parts, { principal, grants, target, database, sql }, signal);
  };
  return { explain, analyse };
}

/** Milliseconds that the names of a database are believed. */
const NAMES_KEPT_MS = 30_000;

interface KnownNames {
  readonly names: Promise<NameContext>;
  readonly untilMs: number;
}

/** How sessions on each database begin: asked once for many texts. */
class NamesByDatabase {
  readonly #read: ReadNameContext;
  readonly #known = new WeakMap<PostgresTarget, Map<string, KnownNames>>();

  constructor(read: ReadNameContext) {
    this.#read = read;
  }

  find(target: PostgresTarget, database: string, signal: AbortSignal): Promise<NameContext> {
    const ofTarget = this.#known.get(target) ?? new Map<string, KnownNames>();
    this.#known.set(target, ofTarget);
    const kept = ofTarget.get(database);
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.names;
    const names = this.#read(target, database, signal);
    ofTarget.set(database, { names, untilMs: Date.now() + NAMES_KEPT_MS });
    return names;
  }
}

type ReadNameContext = (
  target: PostgresTarget,
  database: string,
  signal: AbortSignal,
) => Promise<NameContext>;

/** What a session of the gateway's role on this database begins with. @throws {UpstreamError} */
async function readNameContext(
  targets: PostgresTargets,
  target: PostgresTarget,
  database: string,
  signal: AbortSignal,
): Promise<NameContext> {
  const upstream = await targets.connect(target, database, OWN_SETTINGS, signal);
  try {
    const rows = await readRows(upstream, SEARCH_PATH_QUERY);
    return {
      searchPaths: [rows.map(([schema]) => schema ?? '')],
      overlay: [],
      functionsAllowed: new Set(target.functionsAllowed),
      standardConformingStrings: upstream.parameters.get('standard_conforming_strings') !== 'off',
      clientEncoding: 'UTF8',
    };
  } finally {
    upstream.socket.destroy();
  }
}
