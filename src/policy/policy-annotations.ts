/** What a policy's annotations say, beside its id. */
export interface PolicyAnnotations {
  readonly id: string | undefined;
  readonly reason: string | undefined;
  readonly review: ReviewRule | undefined;
  /** From `@record`: what is kept of the session beside its recording, from what this permits on. */
  readonly record: 'raw' | undefined;
}

/** A forbid that people can lift. */
export interface ReviewRule {
  /** Groups whose members may review, as `@review` names them. Never empty. */
  readonly groups: readonly string[];
  /** Reviewers that have to agree. */
  readonly quorum: number;
  /** Where the operation waits, from `@review_at`: before it runs, or at the COMMIT of its transaction. */
  readonly at: 'statement' | 'commit';
  /** Milliseconds that an approval lasts, from `@expires`; undefined leaves it to the gateway. */
  readonly expiresAfterMs: number | undefined;
}

const KNOWN: readonly string[] = [
  'id',
  'reason',
  'record',
  'review',
  'review_at',
  'quorum',
  'expires',
];
const REVIEW_ONLY: readonly string[] = ['review_at', 'quorum', 'expires'];
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const REASON_LENGTH_MAX = 500;
const QUORUM_MAX = 20;
const DURATION = /^([1-9][0-9]{0,5})(s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/** Reads a policy's annotations. A string is the problem that was found. */
export function readAnnotations(
  effect: 'permit' | 'forbid',
  annotations: Readonly<Record<string, string | null>>,
): PolicyAnnotations | string {
  for (const [name, value] of Object.entries(annotations)) {
    if (!KNOWN.includes(name)) {
      return `unknown annotation @${name}: must be one of ${KNOWN.map((known) => `@${known}`).join(', ')}`;
    }
    if (value === null || value.trim() === '') return `@${name} is empty`;
  }
  const id = annotations['id'] ?? undefined;
  if (id !== undefined && !ID.test(id)) {
    return '@id must be letters, digits, dots, dashes and underscores, at most 100';
  }
  const reason = annotations['reason'] ?? undefined;
  // Shown in error messages and logs, where a line break or an escape sequence could forge others.
  if (reason !== undefined && (reason.length > REASON_LENGTH_MAX || /\p{C}/u.test(reason))) {
    return `@reason must be one line of at most ${REASON_LENGTH_MAX} characters`;
  }
  const record = annotations['record'] ?? undefined;
  if (record !== undefined && effect === 'forbid') {
    return '@record is only for permit: it says what has to be kept of what is permitted';
  }
  if (record !== undefined && record !== 'raw') return '@record must be "raw"';
  const review = readReview(effect, annotations);
  return typeof review === 'string' ? review : { id, reason, review, record };
}

function readReview(
  effect: 'permit' | 'forbid',
  annotations: Readonly<Record<string, string | null>>,
): ReviewRule | string | undefined {
  const groupList = annotations['review'] ?? undefined;
  if (groupList === undefined) {
    const stray = REVIEW_ONLY.find((name) => annotations[name] !== undefined);
    return stray === undefined ? undefined : `@${stray} is only for a policy with @review`;
  }
  if (effect === 'permit') return '@review is only for forbid: it names who may lift it';
  const groups = groupList.split(',').map((group) => group.trim());
  if (groups.includes('')) return '@review has an empty group: must be names separated by commas';
  const quorum = Number(annotations['quorum'] ?? '1');
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > QUORUM_MAX) {
    return `@quorum must be a whole number from 1 to ${QUORUM_MAX}`;
  }
  const expires = annotations['expires'] ?? undefined;
  const [, amount, unit] = DURATION.exec(expires ?? '') ?? [];
  if (expires !== undefined && (amount === undefined || unit === undefined)) {
    return '@expires must be a duration such as 30m or 8h';
  }
  const expiresAfterMs =
    amount === undefined || unit === undefined ? undefined : Number(amount) * (UNIT_MS[unit] ?? 0);
  const at = annotations['review_at'] ?? 'statement';
  if (at !== 'statement' && at !== 'commit') return '@review_at must be "statement" or "commit"';
  return { groups: [...new Set(groups)], quorum, at, expiresAfterMs };
}
