import type { Difference } from './answer-difference.ts';
import type { IdenticalRewrite } from './rewrite-identically.ts';

/** One statement whose rewrite did not answer as the original did. */
export interface FoundDifference extends Difference {
  /** The file of the suite, as psql's `application_name` says. */
  readonly file: string;
  readonly text: string;
  readonly rewrittenText: string;
}

/** One text that the rewrite refuses. */
export interface FoundRefusal {
  readonly file: string;
  readonly text: string;
  readonly reason: string;
}

/** As the report says it. */
const ANSWERS: Readonly<Record<Difference['kind'] | 'equal', string>> = {
  equal: 'answer: equal',
  plan: 'answer: EXPLAIN shows another plan',
  wording: 'answer: an error is worded otherwise',
  order: 'answer: rows in another order',
  rows: 'answer: other rows',
  columns: 'answer: other columns',
  outcome: 'answer: another outcome',
};

/** What a run saw. */
export class IdentityTally {
  /** Texts by what became of them. */
  readonly counts: Map<string, number> = new Map();
  readonly differences: FoundDifference[] = [];
  readonly refusals: FoundRefusal[] = [];

  note(
    { file, text }: { readonly file: string; readonly text: string },
    rewrite: IdenticalRewrite,
    difference: Difference | undefined,
  ): void {
    this.#count('seen');
    this.#count(describe(rewrite));
    if (rewrite.kind === 'refused') this.refusals.push({ file, text, reason: rewrite.reason });
    // One side holds what names meant once, and no client would get it.
    if (difference !== undefined && rewrite.kind !== 'stale') {
      const rewrittenText = rewrite.kind === 'rewritten' ? rewrite.text : '';
      this.differences.push({ ...difference, file, text, rewrittenText });
    }
    if (rewrite.kind === 'rewritten') this.#count(ANSWERS[difference?.kind ?? 'equal']);
  }

  count(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  #count(what: string): void {
    this.counts.set(what, this.count(what) + 1);
  }
}

function describe(rewrite: IdenticalRewrite): string {
  if (rewrite.kind === 'stale') return 'refused: prepared when names meant something else';
  if (rewrite.kind === 'left') return `left: ${rewrite.because}`;
  return rewrite.kind === 'rewritten' ? `rewritten: ${rewrite.masked} masked` : rewrite.kind;
}
