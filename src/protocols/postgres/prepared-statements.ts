import type { Rewrite } from '../../masking/postgres/rewrite.ts';
import type { Analysis, Statement } from '../../sql/statement.ts';
import { HeldInMessage, type HeldStatements } from './held-in-message.ts';
import type { SessionMasks } from './session-masks.ts';
import type { AnswerMasks, Candidates, Prepared, SessionNames } from './session-names.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

/** What is known of the answers to what the gateway cannot see. */
const NOTHING_KNOWN: AnswerMasks = { statements: [undefined] };

type StatementMasks = AnswerMasks['statements'];

/** Whether the second net looks at values of the result, so that it must know their types and formats. */
export function isLookedAt(statement: StatementMasks[number]): boolean {
  return statement?.outputs?.every(({ inspect }) => inspect === 'none') !== true;
}

export interface PreparedStatementsParts {
  readonly names: SessionNames;
  readonly analyzer: StatementAnalyzer;
  readonly masks: SessionMasks | undefined;
  /** What an EXECUTE or FETCH refers to. */
  readonly findHeld: (statement: Statement) => HeldStatements;
}

/**
 * What the target holds for a session under names. It was analysed, and maybe rewritten, when it was
 * prepared; names, policies and the data map may have changed since.
 */
export class PreparedStatements {
  readonly #names: SessionNames;
  readonly #analyzer: StatementAnalyzer;
  readonly #masks: SessionMasks | undefined;
  readonly #findHeld: PreparedStatementsParts['findHeld'];

  constructor({ names, analyzer, masks, findHeld }: PreparedStatementsParts) {
    this.#names = names;
    this.#analyzer = analyzer;
    this.#masks = masks;
    this.#findHeld = findHeld;
  }

  /** Analyses again what was prepared under other settings: the server would resolve it anew, too. */
  renew(candidates: Candidates): Candidates | 'stale' | undefined {
    if (candidates === 'unknown') return 'unknown';
    const { contextKey } = this.#analyzer;
    if (candidates.every((prepared) => prepared.contextKey === contextKey)) {
      return this.renewMasking(candidates);
    }
    const renewed: Prepared[] = [];
    for (const prepared of candidates) {
      const whole = this.#analyzer.analyze(prepared.text);
      if (whole === undefined) return undefined;
      const analysis = prepared.heldBy === undefined ? whole : heldIn(whole, prepared.heldBy);
      if (analysis === undefined) return 'unknown';
      renewed.push({ ...prepared, analysis, contextKey });
    }
    return this.renewMasking(renewed, true);
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

  /** A held statement is planned anew when it runs, so it is analysed anew. */
  renewHeld({ statements }: Analysis): 'later' | 'stale' | undefined {
    for (const { effects } of statements) {
      const { executes, fetches } = effects;
      if (fetches !== undefined) {
        if (this.renewMasking(this.#names.findPortal(fetches)) === 'stale') return 'stale';
      }
      if (executes === undefined) continue;
      const candidates = this.#names.findStatement(executes);
      const renewed = this.renew(candidates);
      if (renewed === undefined) return 'later';
      if (renewed === 'stale') return 'stale';
      if (renewed !== candidates) this.#names.replaceStatement(executes, renewed);
    }
    return undefined;
  }

  /** Whether a statement refers to a name of which it is not known what it stands for. */
  refersToUnknown({ statements }: Analysis): boolean {
    const held = new HeldInMessage((statement) => this.#findHeld(statement));
    return statements.some((statement) => held.follow(statement) === 'unknown');
  }

  /** Something is hidden from the principal. */
  get isMasking(): boolean {
    return this.#masks?.plan !== undefined;
  }

  /** What the second net has to know of the answers to a text. */
  answerMasks({ statements }: Analysis, rewrite: Rewrite & { kind: 'run' }): StatementMasks {
    return statements.map(({ effects: { executes, fetches } }, index) => {
      if (executes === undefined && fetches === undefined) return rewrite.statements[index];
      // What an earlier statement of the same text prepared or declared is not known by name yet.
      if (statements.length > 1) return undefined;
      const candidates =
        executes === undefined
          ? this.#names.findPortal(fetches ?? '')
          : this.#names.findStatement(executes);
      return candidates === 'unknown' ? undefined : this.candidateMasks(candidates)?.statements[0];
    });
  }

  candidateMasks(candidates: readonly Prepared[]): AnswerMasks | undefined {
    if (!this.isMasking) return undefined;
    const [first] = candidates;
    const statement = first?.masking?.statement;
    if (candidates.length > 1 || statement === undefined) return NOTHING_KNOWN;
    const { analysis } = first as Prepared;
    const { executes, fetches } = analysis.statements[0]?.effects ?? {};
    if (executes === undefined && fetches === undefined) return { statements: [statement] };
    return { statements: this.answerMasks(analysis, { kind: 'run', text: '', statements: [] }) };
  }

  /** How the inner statement of a PREPARE or DECLARE was rewritten. */
  maskHeld(ownText: string): Pick<Prepared, 'masking'> {
    const rewrite = this.#masks?.rewrite(ownText);
    // What is refused by itself was refused with the text around it.
    const masking = rewrite === undefined ? undefined : this.#masks?.describe(rewrite);
    return masking === undefined ? {} : { masking };
  }
}

/** The statement that PREPARE or DECLARE holds, in the analysis of that. */
function heldIn(whole: Analysis, heldBy: 'prepare' | 'declare'): Analysis | undefined {
  const effects = whole.statements[0]?.effects;
  const inner = (heldBy === 'prepare' ? effects?.prepares : effects?.declares)?.statement;
  return inner === undefined ? undefined : { ...whole, statements: [inner] };
}
