import assert from 'node:assert/strict';
import type { Classification } from '../../masking/classification.ts';
import type { MaskPlan } from '../../masking/mask-plan.ts';
import { countPseudonyms } from '../../masking/masks/pseudonym.ts';
import { checkRewrite } from '../../masking/postgres/check-rewrite.ts';
import {
  type Rewrite,
  type RewriteOptions,
  rewriteText,
  type StatementRewrite,
} from '../../masking/postgres/rewrite.ts';
import type { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import { TokenLookups } from '../../masking/vault/token-lookups.ts';
import type { TokenVault } from '../../masking/vault/token-vault.ts';
import type { Revelation } from '../../policy/reveal.ts';
import { isUserType } from '../../sql/postgres/built-in-type.ts';
import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Guard } from '../guard.ts';
import type { ExpectedEvidence } from './expected-answers.ts';
import type { Prepared } from './prepared.ts';
import type { PreparedMasking } from './prepared-masking.ts';
import { parameterTypeOids } from './sent-parameters.ts';
import type { SessionSettings } from './session-settings.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

const NOTHING_KNOWN: StatementRewrite = {
  outputs: undefined,
  touchesClassified: true,
  mayRunHiddenCode: true,
};
const NOTHING_SHOWN: ReadonlyMap<string, readonly string[]> = new Map();
const NO_HINT = 'Nothing was run. Ask those who keep the data map of this target.';

export interface SessionMasksParts {
  readonly guard: Pick<Guard, 'reveal'>;
  /** What the configuration of this moment says of the target; undefined: it has no data map. */
  readonly findMasking: () => TargetMasking | undefined;
  readonly rewrites: RewriteCache;
  readonly parser: SqlParser;
  readonly analyzer: Pick<StatementAnalyzer, 'catalog' | 'contextKey'>;
  readonly settings: SessionSettings;
}

/** A statement that was prepared before what its principal may see changed. */
export type Renewal = PreparedMasking | 'stale' | undefined;

/** The first net of one session: what its principal may not see, and statements rewritten for that. */
export class SessionMasks {
  readonly #parts: SessionMasksParts;
  #masking: TargetMasking | undefined;
  #lastMasking: TargetMasking | undefined;
  #catalog: Catalog | undefined;
  #revelation: Revelation | undefined;
  #plan: MaskPlan | undefined;
  #keyPlan: MaskPlan | undefined;
  #keyContext = '';
  #key = '';
  /** A message asks several times. */
  #lastRewrite:
    | { readonly text: string; readonly key: string; readonly rewrite: Rewrite }
    | undefined;
  #tokenVault: TokenVault | undefined;
  #tokens: TokenLookups | undefined;

  constructor(parts: SessionMasksParts) {
    this.#parts = parts;
  }

  /**
   * Looks what is hidden from the principal by the policies, the data map and the catalog of this
   * moment. To be called for each message of the client; what depends on it is asked afterwards.
   */
  refresh(): void {
    const { guard, findMasking, analyzer } = this.#parts;
    const masking = findMasking();
    if (masking === undefined) {
      this.#masking = undefined;
      this.#plan = undefined;
      return;
    }
    this.#lastMasking = masking;
    const { catalog } = analyzer;
    const revelation = guard.reveal(masking.classify(catalog).classNames);
    if (revelation === this.#revelation && catalog === this.#catalog && masking === this.#masking) {
      return;
    }
    this.#plan = masking.findPlan(catalog, revelation.shown);
    this.#revelation = revelation;
    this.#catalog = catalog;
    this.#masking = masking;
  }

  /** What is hidden from the principal; undefined: nothing. */
  get plan(): MaskPlan | undefined {
    // Analysing a message may have brought a newer catalog, and both have to mean the same one.
    if (this.#masking !== undefined && this.#parts.analyzer.catalog !== this.#catalog) {
      this.refresh();
    }
    return this.#plan;
  }

  /** The data map, applied to the catalog of this moment; undefined where there is none. */
  get classification(): Classification | undefined {
    return this.#masking?.classify(this.#parts.analyzer.catalog);
  }

  get catalog(): Catalog {
    return this.#parts.analyzer.catalog;
  }

  /** For who may see nothing of what is classified; undefined where the target has no data map. */
  get strictestPlan(): MaskPlan | undefined {
    return this.#masking?.findPlan(this.#parts.analyzer.catalog, NOTHING_SHOWN);
  }

  /** Undefined where the target has no data map. */
  get masking(): TargetMasking | undefined {
    return this.#masking;
  }

  /** What vault tokens in statements are looked up with; undefined: nothing here stands for anything. */
  get tokens(): TokenLookups | undefined {
    const vault = this.plan === undefined ? undefined : this.#masking?.tokenVault;
    if (vault !== this.#tokenVault) {
      this.#tokenVault = vault;
      this.#tokens = vault && new TokenLookups(vault, 'values');
    }
    return this.#tokens;
  }

  /**
   * What is sent in place of a text, or why it is not; undefined: the principal may see everything.
   *
   * @param parameterTypes See `Prepared.parameterTypes`.
   * @param unread Why the server may read it otherwise, as `Analysis.refusal`. Then no mask is certain, whatever the policies permit.
   */
  rewrite(text: string, parameterTypes = '', unread?: string): Rewrite | undefined {
    const { plan } = this;
    if (plan === undefined) return undefined;
    if (unread !== undefined) return refuseUnread(unread);
    const { rewrites, settings, parser } = this.#parts;
    const types = parameterTypeOids(parameterTypes);
    // PostgreSQL's own read values by code of its own.
    const given = types.some(isUserType) ? types : [];
    const planKey = this.#rewriteKey(plan);
    const key = given.length === 0 ? planKey : `${planKey} ${given.join(' ')}`;
    const last = this.#lastRewrite;
    if (last?.text === text && last.key === key) return last.rewrite;
    const known = rewrites.find(text, key);
    if (known !== undefined) {
      this.#lastRewrite = { text, key, rewrite: known };
      return known;
    }
    const interruptions = parser.interruptions;
    const rewrite = this.#rewriteAnew(text, plan, given);
    // Bytes that are not UTF-8 were read as Latin-1, and could not be written back.
    if (rewrite.kind === 'run' && rewrite.text !== text && settings.clientEncoding !== 'UTF8') {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
      if (/[^\x00-\x7f]/u.test(text)) {
        const reason = 'a statement on masked data must be in UTF-8 or ASCII';
        return { kind: 'refuse', reason, hint: 'Nothing was run. SET client_encoding TO UTF8.' };
      }
    }
    // Tokens that are still to be brought were taken for none.
    if (this.#tokens?.isWanting === true) return rewrite;
    if (parser.interruptions !== interruptions) return rewrite;
    rewrites.store(text, key, rewrite);
    this.#lastRewrite = { text, key, rewrite };
    return rewrite;
  }

  /** What is kept of a rewrite with the name that the target will know it by. */
  describe(rewrite: Rewrite): PreparedMasking | undefined {
    if (rewrite.kind === 'refuse') return undefined;
    const { text, statements, positions } = rewrite;
    const [statement = NOTHING_KNOWN] = statements;
    return { planKey: this.plan?.key ?? '', text, statement, positions };
  }

  /**
   * Looks whether what the target holds for a name is still what it would be given now.
   *
   * @param isAnew The same plan says no more: names may mean something else.
   */
  renew(
    {
      text,
      analysis,
      masking,
      parameterTypes,
    }: Pick<Prepared, 'text' | 'analysis' | 'masking' | 'parameterTypes'>,
    isAnew: boolean,
  ): Renewal {
    const { plan } = this;
    if (masking === undefined && plan === undefined) return undefined;
    if (plan !== undefined && analysis.refusal !== undefined) return 'stale';
    if (masking !== undefined && masking.planKey === plan?.key && !isAnew) return masking;
    const rewrite = this.rewrite(text, parameterTypes);
    if (rewrite?.kind === 'refuse') return 'stale';
    if ((rewrite?.text ?? text) !== (masking?.text ?? text)) return 'stale';
    return rewrite === undefined ? undefined : this.describe(rewrite);
  }

  /** How many pseudonyms and tokens of the gateway's own a text, or the bytes of its parameters, look up. */
  countPseudonyms(text: string | Buffer, parameterTypes = ''): number {
    if (this.plan === undefined) return 0;
    const compared = typeof text === 'string' ? this.#countCompared(text, parameterTypes) : 0;
    if (!text.includes('ps') && !text.includes('vt')) return compared;
    return compared + countPseudonyms(typeof text === 'string' ? text : text.toString('latin1'));
  }

  /** Constants that are compared with pseudonyms which have no prefix to be known by. */
  #countCompared(text: string, parameterTypes: string): number {
    const rewrite = this.rewrite(text, parameterTypes);
    if (rewrite?.kind !== 'run') return 0;
    return rewrite.statements.reduce((sum, { lookups }) => sum + (lookups?.constants ?? 0), 0);
  }

  /** What the ledger shall know of a statement's result; undefined: it reads nothing classified. */
  findEvidence(statement: Statement): ExpectedEvidence | undefined {
    if (this.#parts.analyzer.catalog !== this.#catalog) this.refresh();
    const masking = this.#masking;
    const revelation = this.#revelation;
    const catalog = this.#catalog;
    if (masking === undefined || revelation === undefined || catalog === undefined)
      return undefined;
    let known = evidences.get(statement);
    if (known === undefined) {
      known = new WeakMap();
      evidences.set(statement, known);
    }
    let evidence = known.get(revelation);
    if (evidence === undefined) {
      evidence = describeEvidence(statement, catalog, masking.classify(catalog), revelation);
      known.set(revelation, evidence);
    }
    return evidence === NONE ? undefined : evidence;
  }

  /** Whether every relation of a statement is in the catalog: none is temporary, or of this session only. */
  isCatalogued({ operations }: Statement): boolean {
    const catalog = this.#catalog;
    if (this.#plan === undefined || catalog === undefined) return false;
    return operations.every(({ facts }) =>
      facts.relations.every((name) => findQualified(catalog, name) !== undefined),
    );
  }

  /** The same as long as there is one; what was asked before the data map went away is still answered by it. */
  get lastMasking(): TargetMasking {
    assert(this.#lastMasking, 'nothing is looked at before there was a data map');
    return this.#lastMasking;
  }

  /** Equal keys: a text is rewritten the same way. */
  #rewriteKey(plan: MaskPlan): string {
    const { contextKey } = this.#parts.analyzer;
    if (this.#keyPlan !== plan || this.#keyContext !== contextKey) {
      this.#keyPlan = plan;
      this.#keyContext = contextKey;
      this.#key = `${plan.key} ${contextKey}`;
    }
    return this.#key;
  }

  #rewriteAnew(text: string, plan: MaskPlan, parameterTypes: readonly number[]): Rewrite {
    const { parser, settings } = this.#parts;
    const names = settings.context;
    const { tokens } = this;
    const resolveToken: RewriteOptions['resolveToken'] = ({ id, form }, token) =>
      tokens?.find({ id, form, text: token }) ?? undefined;
    const rewrite = rewriteText(text, { parser, plan, names, parameterTypes, resolveToken });
    if (rewrite.kind === 'refuse') return rewrite;
    // Other eyes: what the first net built is proven before the target sees it.
    const check = checkRewrite(rewrite.text, { parser, plan, names });
    if (check.kind === 'sound') return rewrite;
    return { kind: 'refuse', reason: `masks could not be proven: ${check.reason}`, hint: NO_HINT };
  }
}

/** The masks would stand where the gateway takes the relations to be, and the server may read others. */
function refuseUnread(unread: string): Rewrite {
  const hint =
    'Nothing was run. Reset the settings by which the server reads statements, or write it in ASCII without backslashes.';
  return { kind: 'refuse', reason: `Cannot mask the statement: ${unread}`, hint };
}

/** Stands for a statement that reads nothing classified. */
const NONE: ExpectedEvidence = { raw: new Map(), hasPatients: false };

/** Statements are shared between sessions, revelations too; one belongs to one classification. */
const evidences = new WeakMap<Statement, WeakMap<Revelation, ExpectedEvidence>>();

function describeEvidence(
  { operations }: Statement,
  catalog: Catalog,
  classification: Classification,
  { shown }: Revelation,
): ExpectedEvidence {
  const raw = new Map<string, readonly string[]>();
  const named = new Set(operations.flatMap(({ facts }) => facts.columns));
  let hasPatients = false;
  let isClassified = false;
  for (const name of new Set(operations.flatMap(({ facts }) => facts.relations))) {
    const relation = findQualified(catalog, name);
    const classified = relation && classification.find(relation.oid);
    if (classified === undefined) continue;
    isClassified = true;
    if (classified.patientKey !== undefined) hasPatients = true;
    for (const { name: column, classes } of classified.columns.values()) {
      if (!named.has(`${name}.*`) && !named.has(`${name}.${column}`)) continue;
      if (!classes.every((className) => shown.has(className))) continue;
      for (const className of classes) raw.set(className, shown.get(className) ?? []);
    }
  }
  return isClassified ? { raw, hasPatients } : NONE;
}

/** The relation that facts call `schema.name`: either may have a dot in it, too. */
export function findQualified(catalog: Catalog, qualified: string): CatalogRelation | undefined {
  for (let dot = qualified.indexOf('.'); dot !== -1; dot = qualified.indexOf('.', dot + 1)) {
    const relation = catalog.findRelation(qualified.slice(0, dot), qualified.slice(dot + 1));
    if (relation !== undefined) return relation;
  }
  return undefined;
}
