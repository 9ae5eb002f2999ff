import { hash } from 'node:crypto';
import type { Analysis } from '../../sql/statement.ts';
import type { OperationEntry } from '../guard.ts';
import { summarize, summarizeStatements } from './operation-summary.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { redactLiterals } from './redact-literals.ts';
import type { StatementJudge } from './statement-judge.ts';

/** Says of operations what the ledger keeps: their text without passwords, what they do, and to what. */
export class OperationDescriber {
  readonly #judge: Pick<StatementJudge, 'findHeld'>;

  constructor(judge: Pick<StatementJudge, 'findHeld'>) {
    this.#judge = judge;
  }

  /** Describes a whole message. */
  describe(analysis: Analysis, text: string, textSha256: string | undefined): OperationEntry {
    const { hasSecrets, refersToNames } = summarize(analysis);
    const { actions, relations } = refersToNames
      ? this.#summarizeHeld(analysis)
      : summarize(analysis);
    // Of what could not be read, nobody knows what it sets.
    const isUnread = analysis.syntaxError !== undefined || analysis.refusal !== undefined;
    const maySetSecret = hasSecrets || (isUnread && /passw|secret|credential/iu.test(text));
    if (!maySetSecret) return { text, textSha256, actions, relations };
    return {
      text: redactLiterals(text),
      actions,
      relations,
      detail: { literalsRemoved: true },
    };
  }

  /** Actions and relations of what is executed or fetched count, too. */
  #summarizeHeld(analysis: Analysis): Pick<OperationEntry, 'actions' | 'relations'> {
    const own = summarize(analysis);
    const held = analysis.statements.flatMap((statement) => {
      const inner = this.#judge.findHeld(statement);
      return inner === undefined || inner === 'unknown' ? [] : inner;
    });
    const all = [own, summarizeStatements(held)];
    return {
      actions: [...new Set(all.flatMap(({ actions }) => actions))].toSorted(),
      relations: [...new Set(all.flatMap(({ relations }) => relations))].toSorted(),
    };
  }

  /** Describes what a name stands for. */
  describeCandidates(candidates: Candidates, message: 'Bind' | 'Execute'): OperationEntry {
    const [first] = candidates === 'unknown' ? [] : candidates;
    if (first === undefined || candidates === 'unknown') {
      const action = message === 'Bind' ? 'sql.execute' : 'sql.fetch';
      return { text: '', actions: [action], relations: [] };
    }
    const { parameters } = first;
    if (candidates.length === 1 && parameters === undefined) return this.#describeOnly(first);
    const entry = this.describe(first.analysis, first.text, first.textSha256);
    const others = candidates
      .slice(1)
      .map(({ text, textSha256 }) => textSha256 ?? hash('sha256', text));
    return { ...entry, parameters, orTexts: others.length === 0 ? undefined : others };
  }

  /** The entry of a statement without parameters is the same each time it runs. */
  #describeOnly(prepared: Prepared): OperationEntry {
    const { analysis, text, textSha256 } = prepared;
    if (summarize(analysis).refersToNames) return this.describe(analysis, text, textSha256);
    let entry = entries.get(prepared);
    if (entry === undefined) {
      entry = this.describe(analysis, text, textSha256);
      entries.set(prepared, entry);
    }
    return entry;
  }
}

const entries = new WeakMap<Prepared, OperationEntry>();
