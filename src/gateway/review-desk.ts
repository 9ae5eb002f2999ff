import type { ReviewDesk } from '../access/review-desk.ts';

/** Lets nothing through. */
export const CLOSED_DESK: ReviewDesk = {
  open({ onReview }, listener) {
    queueMicrotask(() => listener({ kind: 'unavailable' }));
    return { id: undefined, onReview, url: undefined, expiresAtMs: 0, withdraw() {} };
  },
};
