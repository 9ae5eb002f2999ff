import type { Entry } from '../../audit/decode-entry.ts';
import { fieldsOf, textOf, textsOf } from '../../audit/entry-fields.ts';
import type { Cell, Section, Table } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector, SeenEntry, SessionActor } from '../section-collector.ts';
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

const LISTED_MAX = 10_000;

/** Who had access, by which groups and grants, and what of it changed or was never used. */
export class AccessCollector implements SectionCollector {
  readonly #from: string;
  readonly #grants = new Map<string, GrantRecord>();
  /** Those that have not ended, by principal and target: sessions are many. */
  readonly #held = new Map<string, Set<GrantRecord>>();
  readonly #holders = new Tally<Holder>(() => ({
    kind: '',
    groups: '',
    lastSignInAt: '',
    sessions: 0,
    refused: 0,
  }));
  readonly #changes: (readonly Cell[])[] = [];
  readonly #delegations: (readonly Cell[])[] = [];
  #changesOmitted = 0;
  #delegationsOmitted = 0;

  /** @param fromMs Where the period begins, in milliseconds since the Unix epoch. */
  constructor(fromMs: number) {
    this.#from = new Date(fromMs).toISOString();
  }

  add({ entry, isWithin, actor }: SeenEntry): void {
    this.#noteGrant(entry);
    if (entry.kind === 'sign-in') this.#noteSignIn(entry, isWithin);
    if (!isWithin) return;
    if (entry.kind === 'session.start' && actor !== undefined) this.#noteSession(entry, actor);
    if (entry.kind === 'session.refuse') {
      const holder = this.#holders.find(textOf(fieldsOf(entry['principal'])['id']) ?? '');
      if (holder !== undefined) holder.refused += 1;
    }
    if (entry.kind === 'delegation.start' || entry.kind === 'delegation.end') {
      this.#noteDelegation(entry);
    }
  }

  finish(): Section {
    return {
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
        this.#describeHolders(),
        {
          id: 'group-changes',
          title: 'Principals whose groups changed',
          columns: ['At', 'Principal', 'Groups before', 'Groups after'],
          rows: this.#changes,
          omitted: this.#changesOmitted,
        },
        this.#describeGrants(),
        {
          id: 'delegations',
          title: 'Delegations of reviews',
          columns: ['At', 'What', 'From', 'To', 'Groups', 'Until'],
          rows: this.#delegations,
          omitted: this.#delegationsOmitted,
        },
      ],
    };
  }

  #noteSignIn(entry: Entry, isWithin: boolean): void {
    const { id: described, kind, groups } = fieldsOf(entry['principal']);
    const id = textOf(described) ?? textOf(entry['principal']) ?? '';
    const holder = this.#holders.find(id);
    if (holder === undefined) return;
    if (Array.isArray(groups)) {
      const now = textsOf(groups).toSorted().join(', ');
      if (isWithin && holder.lastSignInAt !== '' && holder.groups !== now) {
        if (this.#changes.length < LISTED_MAX) {
          this.#changes.push([entry.at, id, holder.groups, now]);
        } else this.#changesOmitted += 1;
      }
      holder.groups = now;
      holder.kind = textOf(kind) ?? '';
    }
    holder.lastSignInAt = entry.at;
  }

  #noteSession({ at }: Entry, { principalId, target }: SessionActor): void {
    const holder = this.#holders.find(principalId);
    if (holder !== undefined) holder.sessions += 1;
    for (const grant of this.#heldBy(principalId, target)) {
      if (at < grant.endsAt) grant.sessions += 1;
    }
  }

  #noteDelegation({ kind, at, ...fields }: Entry): void {
    if (this.#delegations.length >= LISTED_MAX) {
      this.#delegationsOmitted += 1;
      return;
    }
    this.#delegations.push([
      at,
      kind === 'delegation.start' ? 'begun' : 'ended',
      textOf(fields['from']) ?? '',
      textOf(fields['to']) ?? '',
      textsOf(fields['groups']).join(', '),
      textOf(fields['endsAt']) ?? '',
    ]);
  }

  #describeHolders(): Table {
    return {
      id: 'principals',
      title: 'Principals',
      columns: ['Principal', 'Kind', 'Groups', 'Last sign-in', 'Sessions', 'Sessions refused'],
      rows: this.#holders.rows(({ kind, groups, lastSignInAt, sessions, refused }) => [
        kind,
        groups,
        lastSignInAt,
        sessions,
        refused,
      ]),
      omitted: this.#holders.omitted,
    };
  }

  #describeGrants(): Table {
    return {
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
      rows: [...this.#grants.values()]
        .filter(({ endsAt }) => endsAt > this.#from)
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
    };
  }

  #heldBy(principalId: string, target: string): Set<GrantRecord> {
    const key = JSON.stringify([principalId, target]);
    const held = this.#held.get(key) ?? new Set<GrantRecord>();
    this.#held.set(key, held);
    return held;
  }

  #noteGrant(entry: Entry): void {
    const id = textOf(entry['grant']) ?? '';
    const { kind, at } = entry;
    if (kind === 'grant.start' || kind === 'break-glass') {
      const started = describeGrant(entry);
      this.#grants.set(id, started);
      this.#heldBy(started.principal, started.target).add(started);
      return;
    }
    const grant = this.#grants.get(id);
    if (grant === undefined) return;
    if (kind === 'grant.extend') grant.endsAt = textOf(entry['endsAt']) ?? grant.endsAt;
    if (kind !== 'grant.end' && kind !== 'grant.revoke') return;
    grant.ended = kind === 'grant.end' ? 'expired' : `revoked by ${textOf(entry['by']) ?? ''}`;
    grant.endsAt = at < grant.endsAt ? at : grant.endsAt;
    this.#heldBy(grant.principal, grant.target).delete(grant);
  }
}

function describeGrant(entry: Entry): GrantRecord {
  return {
    name: textOf(entry['name']) ?? '',
    principal: textOf(entry['principal']) ?? '',
    target: textOf(entry['target']) ?? '',
    startedAt: entry.at,
    approvedBy:
      entry.kind === 'break-glass' ? 'break-glass' : textsOf(entry['approvedBy']).join(', '),
    endsAt: textOf(entry['endsAt']) ?? '',
    ended: '',
    sessions: 0,
  };
}
