import { textOf, textsOf } from '../../audit/entry-fields.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

/** An access request as the ledger tells of it. */
interface RequestRecord {
  readonly of: string;
  readonly principal: string;
  readonly target: string;
  readonly policies: string;
  readonly askedAt: string;
  /** `approve by okta:omar`. */
  readonly verdicts: string[];
  outcome: string;
  endedAt: string;
  isWithin: boolean;
}

const REQUESTS_MAX = 50_000;

/** What waited for people, what they said, and the register of broken glass. */
export function collectReviews(): SectionCollector {
  const requests = new Map<string, RequestRecord>();
  let omitted = 0;
  return {
    add({ entry, isWithin, actor }) {
      const { kind, at } = entry;
      const id = textOf(entry['request']);
      if (id === undefined) return;
      if (kind === 'review.request' || kind === 'break-glass') {
        if (requests.size >= REQUESTS_MAX) {
          omitted += 1;
          return;
        }
        requests.set(id, {
          of: kind === 'break-glass' ? 'break-glass' : (textOf(entry['of']) ?? ''),
          principal: textOf(entry['principal']) ?? actor?.principalId ?? '',
          target: textOf(entry['target']) ?? actor?.target ?? '',
          policies: textsOf(entry['policies']).join(', '),
          askedAt: at,
          verdicts: [],
          outcome: 'open',
          endedAt: '',
          isWithin,
        });
        return;
      }
      const request = requests.get(id);
      if (request === undefined) return;
      if (kind === 'review.verdict') {
        const verdict = textOf(entry['verdict']) ?? '';
        const inPlaceOf = textOf(entry['onBehalfOf']);
        const place = inPlaceOf === undefined ? '' : ` in place of ${inPlaceOf}`;
        request.verdicts.push(`${verdict} by ${textOf(entry['reviewer']) ?? ''}${place}`);
        request.isWithin ||= isWithin;
      }
      if (kind === 'review.end') {
        request.outcome = textOf(entry['outcome']) ?? '';
        request.endedAt = at;
        request.isWithin ||= isWithin;
        if (!request.isWithin) requests.delete(id);
      }
    },
    finish() {
      const all = [...requests].filter(
        ([, { isWithin, outcome }]) => isWithin || outcome === 'open',
      );
      const broken = all.filter(([, { of }]) => of === 'break-glass');
      return {
        id: 'reviews',
        title: 'Reviews and break-glass register',
        rules: [RULES.accessAuthorization, RULES.emergencyAccess, RULES.activityReview],
        notes: [
          'Nobody can review an own request. What was asked and why is in the ledger under the number of the request; this report holds no statements and no free text.',
          'A broken glass stays open until somebody has reviewed it.',
        ],
        tables: [
          {
            id: 'requests',
            title: 'Requests that waited for reviewers',
            columns: [
              'Request',
              'Of',
              'Principal',
              'Target',
              'Policies',
              'Asked',
              'Verdicts',
              'Outcome',
              'Ended',
            ],
            rows: all
              .filter(([, { of }]) => of !== 'break-glass')
              .map(([id, request]) => [
                id,
                request.of,
                request.principal,
                request.target,
                request.policies,
                request.askedAt,
                request.verdicts.join('; '),
                request.outcome,
                request.endedAt,
              ]),
            omitted,
          },
          {
            id: 'break-glass',
            title: 'Break-glass register',
            columns: ['Request', 'Principal', 'Target', 'Taken', 'Reviewed', 'State'],
            rows: broken.map(([id, request]) => [
              id,
              request.principal,
              request.target,
              request.askedAt,
              request.verdicts.join('; '),
              request.outcome === 'open' ? 'not reviewed' : request.outcome,
            ]),
            omitted: 0,
          },
        ],
      };
    },
  };
}
