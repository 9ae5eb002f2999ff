import type { BoundParameter } from '../../access/operation-digest.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Analysis, Statement } from '../../sql/statement.ts';
import type { OperationEntry, OperationToReview } from '../guard.ts';
import { describeContext } from './describe-context.ts';
import type { OperationDescriber } from './operation-describer.ts';
import { summarize } from './operation-summary.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { describeSubject } from './review-subject.ts';
import type { RowEstimator } from './row-estimator.ts';
import type { SessionMasks } from './session-masks.ts';
import type { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

/** What a message would run. */
export interface Operation {
  readonly entry: OperationEntry;
  readonly analysis: Analysis;
  /** As sent, with nothing taken out. */
  readonly text: string;
  readonly parameters: readonly BoundParameter[];
  /** See `Prepared.parameterTypes`. */
  readonly parameterTypes: string;
}

/** Where what is told of operations comes from. */
export interface OperationSubjectsParts {
  readonly settings: SessionSettings;
  readonly names: SessionNames;
  readonly analyzer: StatementAnalyzer;
  readonly parser: SqlParser;
  readonly masks: SessionMasks | undefined;
  readonly describer: OperationDescriber;
  readonly estimator: RowEstimator | undefined;
}

/** Tells the operations of a session for who reviews them, and what an approval of them is bound to. */
export class OperationSubjects {
  readonly #parts: OperationSubjectsParts;

  constructor(parts: OperationSubjectsParts) {
    this.#parts = parts;
  }

  /** Undefined where it is not certain what would run. */
  describe(operation: Operation): OperationToReview | undefined {
    const { analysis, text, parameters, parameterTypes, entry } = operation;
    const { settings, analyzer, masks, parser, describer } = this.#parts;
    const named = this.#findNamed(analysis);
    if (named === undefined) return undefined;
    const statements = [...analysis.statements, ...named.flatMap((one) => one.analysis.statements)];
    const heldTexts = named.map(
      (one) => describer.describe(one.analysis, one.text, one.textSha256).text,
    );
    const { catalog } = analyzer;
    const context = { parser, catalog, classification: masks?.masking?.classify(catalog) };
    const { searchPaths } = settings.context;
    return {
      operation: {
        ...describeSubject(
          { entry, statements, heldTexts, parameters, encodings: settings.encodings },
          context,
        ),
        context: describeContext(settings, context),
      },
      sentText: text,
      sentParameters: parameters,
      justification: settings.reason,
      meaning: {
        searchPath: JSON.stringify(searchPaths ?? null),
        settings: settings.meaningKey,
        facts: JSON.stringify(statements.map(({ operations }) => operations)),
        named: JSON.stringify(named.map((one) => [one.text, one.parameterTypes ?? ''])),
        parameterTypes,
      },
    };
  }

  /** What names in the text stand for that were given before it; undefined if that is not certain. */
  #findNamed({ statements }: Analysis): readonly Prepared[] | undefined {
    const { names } = this.#parts;
    const given = new Set<string>();
    const found: Prepared[] = [];
    for (const { effects } of statements) {
      const { executes, fetches, prepares, declares, deallocates } = effects;
      if (executes !== undefined && !given.has(`s ${executes}`)) {
        const prepared = onlyOf(names.findStatement(executes));
        if (prepared === undefined) return undefined;
        found.push(prepared);
      }
      if (fetches !== undefined && !given.has(`p ${fetches}`)) {
        const prepared = onlyOf(names.findPortal(fetches));
        if (prepared === undefined) return undefined;
        found.push(prepared);
      }
      if (prepares !== undefined) given.add(`s ${prepares.name}`);
      if (declares !== undefined) given.add(`p ${declares.name}`);
      // What was prepared before may be gone, and there may be another by the same name later.
      if (deallocates !== undefined && executesLater(statements)) return undefined;
    }
    return found;
  }

  /** How the planner is asked about what would be sent; undefined where it is not. */
  estimateFor({
    analysis,
    text,
    parameters,
    parameterTypes,
  }: Operation): (() => Promise<number | undefined>) | undefined {
    const { estimator, masks, names, settings } = this.#parts;
    if (estimator === undefined || parameters.length > 0) return undefined;
    // Names could mean something else where the estimate is made.
    const paths = settings.context.searchPaths;
    if (names.block.status !== 'none' || paths?.length !== 1) return undefined;
    // Whoever asks reads the estimate too: of the text as given, it would tell what columns hold that are hidden from them.
    const rewrite = masks?.rewrite(text, parameterTypes);
    if (rewrite?.kind === 'refuse') return undefined;
    const sent = rewrite?.text ?? text;
    if (sent === text) return estimator.plan(analysis, text, paths[0] ?? []);
    const [only, ...others] = analysis.statements;
    if (only === undefined || others.length > 0) return undefined;
    const whole = { statements: [{ ...only, start: 0, length: sent.length }] };
    return estimator.plan(whole, sent, paths[0] ?? []);
  }
}

/** The statement that a name stands for, if it is certain which. */
export function onlyOf(candidates: Candidates): Prepared | undefined {
  return candidates === 'unknown' || candidates.length !== 1 ? undefined : candidates[0];
}

function executesLater(statements: readonly Statement[]): boolean {
  return statements.some(({ effects }) => effects.executes !== undefined);
}

/** Names the reviews of cursors in an entry: what is fetched from one that people approved was approved with it. */
export function nameReviews(
  analysis: Analysis,
  entry: OperationEntry,
  names: SessionNames,
): OperationEntry {
  if (!summarize(analysis).refersToNames) return entry;
  const reviews = analysis.statements.flatMap(({ effects: { fetches } }) => {
    const candidates = fetches === undefined ? 'unknown' : names.findPortal(fetches);
    if (candidates === 'unknown') return [];
    return candidates.flatMap(({ approval }) => approval?.requestId ?? []);
  });
  if (reviews.length === 0) return entry;
  return { ...entry, detail: { ...entry.detail, cursorReviews: [...new Set(reviews)] } };
}
