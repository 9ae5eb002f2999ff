import type { Entry } from '../../audit/decode-entry.ts';
import { textOf, textsOf } from '../../audit/entry-fields.ts';
import type { Section, Table } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector, SeenEntry } from '../section-collector.ts';

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

type Listed = readonly (readonly [id: string, request: RequestRecord])[];

const REQUESTS_MAX = 50_000;

/** What waited for people, what they said, and the register of broken glass. */
export class ReviewCollector implements SectionCollector {
  readonly #requests = new Map<string, RequestRecord>();
  #omitted = 0;

  add(seen: SeenEntry): void {
    const { entry, isWithin } = seen;
    const id = textOf(entry['request']);
    if (id === undefined) return;
    if (entry.kind === 'review.request' || entry.kind === 'break-glass') {
      if (this.#requests.size < REQUESTS_MAX) this.#requests.set(id, describeRequest(seen));
      else this.#omitted += 1;
      return;
    }
    const request = this.#requests.get(id);
    if (request === undefined) return;
    if (entry.kind === 'review.verdict') {
      request.verdicts.push(describeVerdict(entry));
      request.isWithin ||= isWithin;
    }
    if (entry.kind !== 'review.end') return;
    request.outcome = textOf(entry['outcome']) ?? '';
    request.endedAt = entry.at;
    request.isWithin ||= isWithin;
    if (!request.isWithin) this.#requests.delete(id);
  }

  finish(): Section {
    const listed = [...this.#requests].filter(
      ([, { isWithin, outcome }]) => isWithin || outcome === 'open',
    );
    return {
      id: 'reviews',
      title: 'Reviews and break-glass register',
      rules: [RULES.accessAuthorization, RULES.emergencyAccess, RULES.activityReview],
      notes: [
        'Nobody can review an own request. What was asked and why is in the ledger under the number of the request; this report holds no statements and no free text.',
        'A broken glass stays open until somebody has reviewed it.',
      ],
      tables: [describeRequests(listed, this.#omitted), describeBreakGlass(listed)],
    };
  }
}

function describeRequest({ entry, isWithin, actor }: SeenEntry): RequestRecord {
  return {
    of: entry.kind === 'break-glass' ? 'break-glass' : (textOf(entry['of']) ?? ''),
    principal: textOf(entry['principal']) ?? actor?.principalId ?? '',
    target: textOf(entry['target']) ?? actor?.target ?? '',
    policies: textsOf(entry['policies']).join(', '),
    askedAt: entry.at,
    verdicts: [],
    outcome: 'open',
    endedAt: '',
    isWithin,
  };
}

function describeVerdict(entry: Entry): string {
  const inPlaceOf = textOf(entry['onBehalfOf']);
  const place = inPlaceOf === undefined ? '' : ` in place of ${inPlaceOf}`;
  return `${textOf(entry['verdict']) ?? ''} by ${textOf(entry['reviewer']) ?? ''}${place}`;
}

function describeRequests(listed: Listed, omitted: number): Table {
  return {
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
    rows: listed
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
  };
}

function describeBreakGlass(listed: Listed): Table {
  return {
    id: 'break-glass',
    title: 'Break-glass register',
    columns: ['Request', 'Principal', 'Target', 'Taken', 'Reviewed', 'State'],
    rows: listed
      .filter(([, { of }]) => of === 'break-glass')
      .map(([id, request]) => [
        id,
        request.principal,
        request.target,
        request.askedAt,
        request.verdicts.join('; '),
        request.outcome === 'open' ? 'not reviewed' : request.outcome,
      ]),
    omitted: 0,
  };
}
