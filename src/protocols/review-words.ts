import type { ReviewedDecision } from '../policy/decision.ts';

/** Of whom how many have to agree: `privacy-officers`, `2 of leads or owners, and 1 of security`. */
export function listReviewers({ rules }: Pick<ReviewedDecision, 'rules'>): string {
  return rules
    .map(({ groups, quorum }) => {
      const names = groups.join(' or ');
      return quorum === 1 && rules.length === 1 ? names : `${quorum} of ${names}`;
    })
    .join(', and ');
}

/** What people wrote ends up in terminals: it may have line breaks, and no other control characters. */
export function cleanWords(text: string): string {
  return text.replaceAll(/[^\P{C}\n\u200d]/gu, '\u{fffd}');
}

/** `2026-11-21 08:25:11 UTC` */
export function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
