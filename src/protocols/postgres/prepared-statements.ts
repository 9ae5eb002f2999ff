import { isDeepStrictEqual } from 'node:util';
import type { OutputColumn } from '../../masking/postgres/output-column.ts';
import type { Rewrite, StatementRewrite } from '../../masking/postgres/rewrite.ts';
import type { Analysis, SqlAction, SqlOperation, Statement } from '../../sql/statement.ts';
import {
  type ExpectedAnswer,
  type ExpectedAnswers,
  type FindPosition,
  findPositionBy,
} from './expected-answers.ts';
import { HeldInMessage } from './held-in-message.ts';
import { keepLookUps } from './kept-look-ups.ts';
import type { NamedPatientsReader } from './named-patients.ts';
import { summarize } from './operation-summary.ts';
import type { Candidates, Prepared } from './prepared.ts';
import type { SessionMasks } from './session-masks.ts';
import type { SessionNames } from './session-names.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';
import type { StatementJudge } from './statement-judge.ts';

/** What is known of the answers to what the gateway cannot see: rows of anybody, of which the ledger has to know. */
const NOTHING_KNOWN: ExpectedAnswer = {
  rewrite: undefined,
  evidence: { raw: new Map(), hasPatients: true },
  isCatalogued: false,
};

/** What prepared statements and portals of one session are followed with. */
export interface PreparedStatementsParts {
  readonly names: SessionNames;
  readonly analyzer: StatementAnalyzer;
  readonly masks: SessionMasks | undefined;
  readonly judge: StatementJudge;
  readonly patients: NamedPatientsReader;
}

/**
 * What the target holds for a session under names. It was analysed, and maybe rewritten, when it was
 * prepared; names, policies and the data map may have changed since.
 */
export class PreparedStatements {
  readonly #names: SessionNames;
  readonly #analyzer: StatementAnalyzer;
  readonly #masks: SessionMasks | undefined;
  readonly #judge: StatementJudge;
  readonly #patients: NamedPatientsReader;

  constructor({ names, analyzer, masks, judge, patients }: PreparedStatementsParts) {
    this.#names = names;
    this.#analyzer = analyzer;
    this.#masks = masks;
    this.#judge = judge;
    this.#patients = patients;
  }

  /** What a prepared statement stands for when it is bound, described or executed, which lets the server look it up anew. */
  renewPrepared(name: string): Candidates | 'stale' | undefined {
    if (this.#names.dependsOnAnswer('parse', name)) {
      this.#analyzer.waitForAnswers();
      return undefined;
    }
    const candidates = this.#names.findStatement(name);
    const before = this.#isCurrent(candidates)
      ? undefined
      : this.#analyzer.othersTurnBeforeRenewal();
    if (before !== undefined) {
      this.#analyzer.waitFor(before);
      return undefined;
    }
    const renewed = this.renew(candidates);
    if (renewed === undefined || renewed === 'stale' || renewed === candidates) return renewed;
    if (this.#names.replaceStatement(name, renewed)) return renewed;
    if (this.#names.isCopying) return 'stale';
    // What is in flight has to be known by its name before it can be known anew.
    this.#analyzer.waitForQuiet();
    return undefined;
  }

  /**
   * Analyses again what was prepared under other settings: the server would resolve it anew, too, where the search path is
   * another than when it last did. Where it is the same, a new relation can hide from us what the server still reads.
   */
  renew(candidates: Candidates): Candidates | 'stale' | undefined {
    if (candidates === 'unknown') return 'unknown';
    if (this.#isCurrent(candidates)) return this.renewMasking(candidates);
    const renewed: Prepared[] = [];
    for (const prepared of candidates) {
      if (isUnread(prepared)) {
        renewed.push(prepared);
        continue;
      }
      const whole = this.#analyzer.analyze(prepared.text);
      if (whole === undefined) return undefined;
      const analysis = prepared.heldBy === undefined ? whole : heldIn(whole, prepared.heldBy);
      if (analysis === undefined) return 'unknown';
      // Of the settings by which it was analysed: a new catalog may have come with it.
      const { contextKey, searchPathKey, relationsKey } = this.#analyzer.lookUpKeys;
      const now = { analysis, searchPathKey, relationsKey };
      const kept = keepLookUps(prepared, now, (relation) => this.#analyzer.mayExist(relation));
      if (kept === undefined) return 'stale';
      renewed.push({ ...prepared, ...kept, contextKey });
    }
    return this.renewMasking(renewed, true);
  }

  /** Whether it was analysed under the settings of this moment, or would not be analysed anew. */
  #isCurrent(candidates: Candidates): boolean {
    const { contextKey } = this.#analyzer;
    return (
      candidates === 'unknown' ||
      candidates.every((one) => one.contextKey === contextKey || isUnread(one))
    );
  }

  /**
   * The target holds what it was given: if it would be given something else now, because the names,
   * the data map or the principal's rights changed, it may not run.
   *
   * @param isAnew Names may have come to mean something else, so that the same plan says no more.
   */
  renewMasking(candidates: Candidates, isAnew = false): Candidates | 'stale' {
    const masks = this.#masks;
    if (masks === undefined || candidates === 'unknown') return candidates;
    let renewed: Prepared[] | undefined;
    for (const [index, prepared] of candidates.entries()) {
      const masking = masks.renew(prepared, isAnew);
      if (masking === 'stale') return 'stale';
      if (masking === prepared.masking) continue;
      renewed ??= [...candidates];
      const { masking: _, ...rest } = prepared;
      renewed[index] = masking === undefined ? rest : { ...rest, masking };
    }
    return renewed ?? candidates;
  }

  /**
   * What a portal holds, now that it runs. Queries were planned when they were bound. Of other statements the server looks
   * some names up then and some now, so that they have to mean the same; and approval is for what names mean.
   */
  renewBound(candidates: Candidates): Candidates | 'stale' | undefined {
    if (candidates === 'unknown') return 'unknown';
    const isPlanned = candidates.every(isPlannedWhenBound);
    const isApproved = candidates.some(({ approval }) => approval !== undefined);
    if (isPlanned && !isApproved) return this.renewMasking(candidates);
    const renewed = this.renew(candidates);
    if (renewed === undefined || renewed === 'stale' || renewed === 'unknown') return renewed;
    if (!isApproved && !meansTheSame(candidates, renewed)) return 'stale';
    for (const { analysis } of renewed) {
      const held = this.renewHeld(analysis);
      if (held !== undefined) return held === 'later' ? undefined : held;
    }
    return renewed;
  }

  /** A held statement is planned anew when it runs, so it is analysed anew. */
  renewHeld({ statements }: Analysis): 'later' | 'stale' | undefined {
    for (const { effects } of statements) {
      const { executes, fetches } = effects;
      if (fetches !== undefined) {
        if (this.#names.dependsOnAnswer('bind', fetches)) return this.#analyzer.waitForAnswers();
        if (this.renewMasking(this.#names.findPortal(fetches)) === 'stale') return 'stale';
      }
      if (executes === undefined) continue;
      const renewed = this.renewPrepared(executes);
      if (renewed === undefined) return 'later';
      if (renewed === 'stale') return 'stale';
    }
    return undefined;
  }

  /** Looks whether a prepared statement may be described: the server looks up what it names, and keeps what it found. */
  renewDescribed(name: string): Candidates | 'stale' | undefined {
    const renewed = this.renewPrepared(name);
    if (renewed === undefined || renewed === 'stale' || renewed === 'unknown') return renewed;
    const isDenied = renewed.some(({ analysis }) => this.#judge.judge(analysis).kind === 'deny');
    return isDenied ? 'stale' : renewed;
  }

  /** Whether a statement refers to a name of which it is not known what it stands for. */
  refersToUnknown({ statements }: Analysis): boolean {
    const held = new HeldInMessage((statement) => this.#judge.findHeld(statement));
    return statements.some((statement) => held.follow(statement) === 'unknown');
  }

  /** Whether what a name in a text stands for refers to a name in its turn: what that would run is not looked at. */
  executesNested({ statements }: Analysis): boolean {
    return statements.some(({ effects: { executes, fetches } }) => {
      if (executes === undefined && fetches === undefined) return false;
      const candidates =
        executes === undefined
          ? this.#names.findPortal(fetches ?? '')
          : this.#names.findStatement(executes);
      if (candidates === 'unknown') return false;
      return candidates.some(({ analysis }) => summarize(analysis).refersToNames);
    });
  }

  /** The same of what a name stands for. */
  isNested(candidates: Candidates): boolean {
    return candidates !== 'unknown' && candidates.some((one) => this.executesNested(one.analysis));
  }

  /**
   * How many pseudonyms the arguments of EXECUTE are compared with, where they are not known by a prefix.
   * `'tokens'`: some are compared with what vault tokens stand for, which an argument must not be.
   */
  countExecuted({ statements }: Analysis): number | 'tokens' {
    let count = 0;
    for (const { effects } of statements) {
      if (effects.executes === undefined) continue;
      const candidates = this.#names.findStatement(effects.executes);
      for (const { masking } of candidates === 'unknown' ? [] : candidates) {
        for (const { keyed } of masking?.statement.lookups?.parameters.values() ?? []) {
          if (keyed.purpose === 'vault') return 'tokens';
          if (keyed.form.kind !== 'prefixed') count += 1;
        }
      }
    }
    return count;
  }

  /** Something is hidden from the principal. */
  get isMasking(): boolean {
    return this.#masks?.plan !== undefined;
  }

  /** What is known of the answers to a text; undefined: they pass as they are. */
  expectAnswers(
    { statements }: Analysis,
    rewrite: Rewrite | undefined,
    operation: number,
    text?: string,
  ): ExpectedAnswers | undefined {
    if (this.#masks?.masking === undefined) return undefined;
    const rewrites = rewrite?.kind === 'run' ? rewrite.statements : undefined;
    const expected = statements.map((statement, index) => {
      const { executes, fetches } = statement.effects;
      if (executes === undefined && fetches === undefined) {
        if (text === undefined) return this.#expectAnswer(statement, rewrites?.[index], {});
        const patients = this.#patients;
        return this.#expectAnswer(statement, rewrites?.[index], {
          ...(statements.length === 1 && { named: () => patients.inText(text) }),
          showsWhose: () => patients.showsWhose(statement, text, index),
        });
      }
      // What an earlier statement of the same text prepared or declared is not known by name yet.
      if (statements.length > 1) return NOTHING_KNOWN;
      const candidates =
        executes === undefined
          ? this.#names.findPortal(fetches ?? '')
          : this.#names.findStatement(executes);
      return candidates === 'unknown' ? NOTHING_KNOWN : this.#expectOf(candidates);
    });
    // What an error in a held statement is about was sent before.
    const runsHeld = statements.some(
      ({ effects: { executes, fetches } }) => executes !== undefined || fetches !== undefined,
    );
    const isKnown = rewrite?.kind === 'run' && !runsHeld;
    const findPosition = isKnown ? findPositionBy(rewrite.positions) : undefined;
    return this.#whereNeeded(expected, operation, findPosition);
  }

  /** The same for what a portal may run. */
  expectAnswersOf(candidates: readonly Prepared[], operation: number): ExpectedAnswers | undefined {
    if (this.#masks?.masking === undefined) return undefined;
    return this.#whereNeeded([this.#expectOf(candidates)], operation);
  }

  #expectOf(candidates: readonly Prepared[]): ExpectedAnswer {
    const [first] = candidates;
    const [statement] = first?.analysis.statements ?? [];
    if (candidates.length > 1 || first === undefined || statement === undefined) {
      return NOTHING_KNOWN;
    }
    const { executes, fetches } = statement.effects;
    if (executes === undefined && fetches === undefined) {
      const { patients, text } = first;
      return this.#expectAnswer(statement, first.masking?.statement, {
        named: patients && (() => patients),
        showsWhose: () => this.#patients.showsWhose(statement, text),
      });
    }
    return this.expectAnswers(first.analysis, undefined, 0)?.statements[0] ?? NOTHING_KNOWN;
  }

  #expectAnswer(
    statement: Statement,
    rewrite: StatementRewrite | undefined,
    whose: Pick<ExpectedAnswer, 'named' | 'showsWhose'>,
  ): ExpectedAnswer {
    const isCatalogued = this.#masks?.isCatalogued(statement) ?? false;
    return { rewrite, evidence: this.#masks?.findEvidence(statement), ...whose, isCatalogued };
  }

  #whereNeeded(
    statements: readonly ExpectedAnswer[],
    operation: number,
    findPosition?: FindPosition,
  ): ExpectedAnswers | undefined {
    const { isMasking } = this;
    if (!isMasking && statements.every(({ evidence }) => evidence === undefined)) return undefined;
    return { isMasked: isMasking, statements, operation, findPosition };
  }

  /** How the inner statement of a PREPARE or DECLARE was rewritten. */
  maskHeld(ownText: string): Pick<Prepared, 'masking'> {
    const rewrite = this.#masks?.rewrite(ownText);
    // What is refused by itself was refused with the text around it.
    const masking = rewrite === undefined ? undefined : this.#masks?.describe(rewrite);
    return masking === undefined ? {} : { masking };
  }
}

/** The target holds what it read then, which other settings do not tell. */
function isUnread({ analysis }: Prepared): boolean {
  return analysis.refusal !== undefined;
}

/** The statement that PREPARE or DECLARE holds, in the analysis of that. */
function heldIn(whole: Analysis, heldBy: 'prepare' | 'declare'): Analysis | undefined {
  const effects = whole.statements[0]?.effects;
  const inner = (heldBy === 'prepare' ? effects?.prepares : effects?.declares)?.statement;
  return inner === undefined ? undefined : { ...whole, statements: [inner] };
}

/** Whether the formats of the result's columns have to be known before its first row. */
export function needsDescription({ isMasked, statements }: ExpectedAnswers): boolean {
  return statements.some(
    ({ rewrite, evidence }) =>
      evidence?.hasPatients === true || (isMasked && rewrite?.outputs?.every(isDone) !== true),
  );
}

/** Actions of which a statement that has no other is a query, planned as a whole. */
const QUERIES: ReadonlySet<string> = new Set<SqlAction>([
  ...(['sql.select', 'sql.insert', 'sql.update', 'sql.delete', 'sql.merge'] as const),
]);

function isPlannedWhenBound({ analysis }: Prepared): boolean {
  return summarize(analysis).actions.every((action) => QUERIES.has(action));
}

/** Whether an analysis under other settings came to the same facts. */
function meansTheSame(one: readonly Prepared[], other: readonly Prepared[]): boolean {
  return one === other || isDeepStrictEqual(one.map(operationsOf), other.map(operationsOf));
}

function operationsOf({ analysis }: Prepared): readonly (readonly SqlOperation[])[] {
  return analysis.statements.map(({ operations }) => operations);
}

/** The first net left nothing to do. */
function isDone({ inspect, keyed }: OutputColumn): boolean {
  return inspect === 'none' && keyed?.purpose !== 'vault';
}
