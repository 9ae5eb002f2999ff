import type { Entry } from '../../audit/decode-entry.ts';
import { fieldsOf, textOf, textsOf } from '../../audit/entry-fields.ts';
import type { Cell } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

/** A grant as the ledger tells of it. */
interface GrantRecord {
  readonly name: string;
  readonly principal: string;
  readonly target: string;
  readonly startedAt: string;
  readonly approvedBy: string;
  endsAt: string;
  /** How it ended: `expired`, or who revoked it. Empty while it lasts. */
  ended: string;
  /** Of the period. */
  sessions: number;
}

interface Holder {
  kind: string;
  groups: string;
  lastSignInAt: string;
  sessions: number;
  refused: number;
}

/**
 * Who had access, by which groups and grants, and what of it changed or was never used.
 *
 * @param fromMs Where the period begins, in milliseconds since the Unix epoch.
 */
export function collectAccess(fromMs: number): SectionCollector {
  const from = new Date(fromMs).toISOString();
  const grants = new Map<string, GrantRecord>();
  const holders = new Tally<Holder>(() => ({
    kind: '',
    groups: '',
    lastSignInAt: '',
    sessions: 0,
    refused: 0,
  }));
  const changes: (readonly Cell[])[] = [];
  const delegations: (readonly Cell[])[] = [];
  let omitted = 0;
  const list = (rows: (readonly Cell[])[], row: readonly Cell[]): void => {
    if (rows.length < LISTED_MAX) rows.push(row);
    else omitted += 1;
  };
  return {
    add({ entry, isWithin, actor }) {
      const { kind, at } = entry;
      noteGrant(grants, entry);
      if (kind === 'session.start' && actor !== undefined && isWithin) {
        for (const grant of grants.values()) {
          const isTheirs = grant.principal === actor.principalId && grant.target === actor.target;
          if (isTheirs && at < grant.endsAt && grant.ended === '') grant.sessions += 1;
        }
      }
      if (kind === 'sign-in') {
        const { id, kind: principalKind, groups } = fieldsOf(entry['principal']);
        const holder = holders.find(textOf(id) ?? textOf(entry['principal']) ?? '');
        if (holder === undefined) return;
        const now = textsOf(groups).toSorted().join(', ');
        if (Array.isArray(groups)) {
          if (isWithin && holder.lastSignInAt !== '' && holder.groups !== now) {
            list(changes, [at, textOf(id) ?? '', holder.groups, now]);
          }
          holder.groups = now;
          holder.kind = textOf(principalKind) ?? '';
        }
        holder.lastSignInAt = at;
      }
      if (!isWithin) return;
      if (kind === 'session.start' && actor !== undefined) {
        const holder = holders.find(actor.principalId);
        if (holder !== undefined) holder.sessions += 1;
      }
      if (kind === 'session.refuse') {
        const holder = holders.find(textOf(fieldsOf(entry['principal'])['id']) ?? '');
        if (holder !== undefined) holder.refused += 1;
      }
      if (kind === 'delegation.start' || kind === 'delegation.end') {
        list(delegations, [
          at,
          kind === 'delegation.start' ? 'begun' : 'ended',
          textOf(entry['from']) ?? '',
          textOf(entry['to']) ?? '',
          textsOf(entry['groups']).join(', '),
          textOf(entry['endsAt']) ?? '',
        ]);
      }
    },
    finish: () => ({
      id: 'access',
      title: 'Access rights and changes',
      rules: [
        RULES.accessControl,
        RULES.accessAuthorization,
        RULES.accessModification,
        RULES.termination,
        RULES.minimumNecessary,
        RULES.minimumNecessaryUses,
      ],
      notes: [
        'Groups are those that the identity provider named at the last sign-in until the end of the period. What a group permits is in the policies of the configuration version in force.',
        'Access that was given and not used in the period shows as 0 sessions: it is what a minimum-necessary review looks at first.',
      ],
      tables: [
        {
          id: 'principals',
          title: 'Principals',
          columns: ['Principal', 'Kind', 'Groups', 'Last sign-in', 'Sessions', 'Sessions refused'],
          rows: holders.rows(({ kind, groups, lastSignInAt, sessions, refused }) => [
            kind,
            groups,
            lastSignInAt,
            sessions,
            refused,
          ]),
          omitted: holders.omitted,
        },
        {
          id: 'group-changes',
          title: 'Principals whose groups changed',
          columns: ['At', 'Principal', 'Groups before', 'Groups after'],
          rows: changes,
          omitted: 0,
        },
        {
          id: 'grants',
          title: 'Grants in force during the period',
          columns: [
            'Grant',
            'Principal',
            'Target',
            'From',
            'Until',
            'Approved by',
            'Ended',
            'Sessions',
          ],
          rows: [...grants.values()]
            .filter(({ endsAt }) => endsAt > from)
            .map((grant) => [
              grant.name,
              grant.principal,
              grant.target,
              grant.startedAt,
              grant.endsAt,
              grant.approvedBy,
              grant.ended,
              grant.sessions,
            ]),
          omitted: 0,
        },
        {
          id: 'delegations',
          title: 'Delegations of reviews',
          columns: ['At', 'What', 'From', 'To', 'Groups', 'Until'],
          rows: delegations,
          omitted,
        },
      ],
    }),
  };
}

const LISTED_MAX = 10_000;

/** Keeps grants by their ids. */
function noteGrant(grants: Map<string, GrantRecord>, entry: Entry): void {
  const id = textOf(entry['grant']) ?? '';
  const { kind, at } = entry;
  if (kind === 'grant.start' || kind === 'break-glass') {
    grants.set(id, {
      name: textOf(entry['name']) ?? '',
      principal: textOf(entry['principal']) ?? '',
      target: textOf(entry['target']) ?? '',
      startedAt: at,
      approvedBy: kind === 'break-glass' ? 'break-glass' : textsOf(entry['approvedBy']).join(', '),
      endsAt: textOf(entry['endsAt']) ?? '',
      ended: '',
      sessions: 0,
    });
    return;
  }
  const grant = grants.get(id);
  if (grant === undefined) return;
  if (kind === 'grant.extend') grant.endsAt = textOf(entry['endsAt']) ?? grant.endsAt;
  if (kind !== 'grant.end' && kind !== 'grant.revoke') return;
  grant.ended = kind === 'grant.end' ? 'expired' : `revoked by ${textOf(entry['by']) ?? ''}`;
  grant.endsAt = at < grant.endsAt ? at : grant.endsAt;
}
