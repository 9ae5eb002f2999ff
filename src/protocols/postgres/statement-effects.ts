import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Analysis } from '../../sql/statement.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import { type Summary, summarize } from './operation-summary.ts';
import type { NamedEffects } from './pending-request.ts';
import type { Prepared } from './prepared.ts';
import type { PreparedStatements } from './prepared-statements.ts';
import { redactLiterals } from './redact-literals.ts';
import type { Approval } from './review-hold.ts';
import type { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';
import { readStatedReason } from './stated-reason.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

const NO_NAMES: readonly NamedEffects[] = [];

/** Where what statements do to their session is followed. */
export interface StatementEffectsParts {
  readonly settings: SessionSettings;
  readonly analyzer: StatementAnalyzer;
  readonly held: PreparedStatements;
  readonly names: SessionNames;
  readonly parser: SqlParser;
}

/** Follows what statements that go to the target may do to their session. */
export class StatementEffects {
  readonly #parts: StatementEffectsParts;

  constructor(parts: StatementEffectsParts) {
    this.#parts = parts;
  }

  /** The session makes more objects than are followed. */
  makesTooMuch({ statements }: Analysis): boolean {
    return (
      this.#parts.settings.isOverlayFull &&
      statements.some(({ effects }) => effects.created.length > 0)
    );
  }

  /** What a text says is the reason of what comes cannot be taken. */
  findReasonProblem(analysis: Analysis, text: string): ErrorFields | undefined {
    if (summarize(analysis).reason !== 'stated') return undefined;
    const stated = readStatedReason(text, this.#parts.parser);
    return stated.kind === 'refused' ? stated.error : undefined;
  }

  /** What the target gets in place of `text`: of what is for the gateway alone, an empty statement. */
  textForTarget(analysis: Analysis, text: string): string {
    return summarize(analysis).reason === 'stated' ? '' : text;
  }

  /** Follows what an allowed statement may do to the session. */
  follow(analysis: Analysis, text: string): void {
    const summary = summarize(analysis);
    this.#noteSettings(analysis, text);
    for (const effects of summary.settings) this.#parts.settings.expect(effects);
    if (summary.changesPath) this.#parts.settings.forgetSearchPath();
    if (summary.changesLexing) this.#parts.settings.expectLexingChange();
    if (summary.changesCatalog) this.#parts.analyzer.expectCatalogChange();
    if (summary.mayCopyIn) this.#parts.names.expectCopyIn();
    if (summary.controlsTransaction) {
      this.#parts.names.block.expect(summary.beginsTransaction ? 'begun' : 'unknown');
    }
  }

  /** Notes what a text does to settings, also by what it executes by name. */
  #noteSettings(analysis: Analysis, text: string): void {
    const { settings, names, parser } = this.#parts;
    const { history } = settings;
    const summary = summarize(analysis);
    const { reason } = summary;
    if (summary.setsSettings) this.#noteSet(summary, text);
    if (reason !== undefined) {
      const stated = reason === 'stated' ? readStatedReason(text, parser) : undefined;
      settings.stateReason(stated?.kind === 'stated' ? stated.reason : undefined);
    }
    // DISCARD makes settings what they were at the start.
    if (summary.discardsSettings && history.key !== '') this.#noteSet(summary, text);
    if (summary.rollsBack) history.noteUndone();
    if (summary.controlsTransaction && !summary.beginsTransaction) history.noteEnd();
    if (!summary.refersToNames) return;
    for (const { effects } of analysis.statements) {
      if (effects.executes === undefined) continue;
      const candidates = names.findStatement(effects.executes);
      if (candidates === 'unknown') history.noteUncertain();
      else for (const held of candidates) this.#noteHeld(held);
    }
  }

  #noteSet({ actions, hasSecrets }: Summary, text: string): void {
    this.#parts.settings.history.note(text, {
      text: hasSecrets ? redactLiterals(text) : text,
      setsRole: actions.includes('sql.set-role'),
    });
  }

  /** What it executes by name in its turn is refused. */
  #noteHeld({ analysis, text, heldBy }: Prepared): void {
    // PREPARE takes nothing that sets anything.
    if (heldBy === undefined) this.#noteSettings(analysis, text);
  }

  /** Follows what may be any of several statements, or one that is not known. */
  followUncertain(): void {
    this.#parts.settings.history.noteUncertain();
    this.#parts.settings.expectLexingChange();
    this.#parts.names.block.expect('unknown');
    this.#parts.names.expectCopyIn();
  }

  /** What an allowed text does to names of statements and cursors. */
  name(analysis: Analysis, text: string, approval: Approval | undefined): readonly NamedEffects[] {
    const { naming } = summarize(analysis);
    if (naming.length === 0) return NO_NAMES;
    return naming.map(({ effects, start, length }) => {
      const inner = effects.prepares?.statement ?? effects.declares?.statement;
      if (inner === undefined) return { effects, prepared: undefined };
      const ownText = text.slice(start, start + length);
      const prepared: Prepared = {
        text: ownText,
        analysis: { ...analysis, statements: [inner] },
        ...this.#parts.analyzer.lookUpKeys,
        heldBy: effects.prepares === undefined ? 'declare' : 'prepare',
        // What was approved is opened now; what is prepared is reviewed each time it is executed.
        ...(approval !== undefined && effects.prepares === undefined && { approval }),
        ...this.#parts.held.maskHeld(ownText),
      };
      return { effects, prepared };
    });
  }
}
