import { type EntryMeaning, findMeaning } from './entry-meanings.ts';
import type { ExportRecord } from './export-record.ts';
import { readObject, readText, readTexts } from './read-fields.ts';

/** What all formats say of an entry, wherever the entry keeps it. */
export interface EventFacts extends EntryMeaning {
  /** Who acted. Undefined where it was the gateway by itself. */
  readonly actor: EventActor | undefined;
  /** Whose rights or whose session it is about; undefined where nobody else is concerned. */
  readonly subjectId: string | undefined;
  /** Without port. */
  readonly clientAddress: string | undefined;
  readonly applicationName: string | undefined;
  readonly target: string | undefined;
  readonly database: string | undefined;
  /** Such as `sql.select`. */
  readonly actions: readonly string[];
  /** Such as `public.patients`. */
  readonly relations: readonly string[];
  readonly policies: readonly string[];
  /** Why, in the gateway's words. */
  readonly reason: string | undefined;
}

export interface EventActor {
  readonly id: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** Who an export says it comes from. */
export interface ExportOrigin {
  /** Name of the machine or gateway. */
  readonly hostname: string;
  readonly version: string;
}

/** What products are called in formats that ask for it. */
export const PRODUCT = 'Sallyport';

/** Finds what an entry says of who did what, and where. */
export function findFacts(record: ExportRecord): EventFacts {
  const { fields, session } = record;
  const actor = findActor(record);
  const principal = readPrincipal(fields['principal']);
  const target = readText(fields['target']) ?? session?.target;
  return {
    ...findMeaning(record.kind),
    actor,
    subjectId: principal?.id === actor?.id ? undefined : principal?.id,
    clientAddress:
      readText(fields['clientAddress']) ?? readText(fields['client']) ?? session?.clientAddress,
    applicationName: readText(fields['applicationName']) ?? session?.applicationName,
    target,
    database: readText(fields['database']) ?? session?.database,
    actions: readTexts(fields['actions']),
    relations: readTexts(fields['relations']),
    policies: readTexts(fields['policies']),
    reason: readText(fields['reason']),
  };
}

/** Whoever the entry names as acting, and else whose session or whose request it is. */
function findActor({ fields, session }: ExportRecord): EventActor | undefined {
  const reviewer = readText(fields['reviewer']);
  if (reviewer !== undefined) {
    const groups = readTexts(fields['reviewerGroups']);
    return { id: reviewer, name: readText(fields['reviewerName']), groups };
  }
  const by = readText(fields['by']);
  if (by !== undefined) return { id: by, name: undefined, groups: [] };
  if (session !== undefined) {
    const { principalId: id, principalName, groups } = session;
    return { id, name: principalName === '' ? undefined : principalName, groups };
  }
  return readPrincipal(fields['principal']);
}

/** A principal is an object where somebody came in, and an id everywhere else. */
function readPrincipal(value: unknown): EventActor | undefined {
  const id = readText(value);
  if (id !== undefined) return { id, name: undefined, groups: [] };
  const { id: own, name, groups } = readObject(value);
  const ownId = readText(own);
  if (ownId === undefined) return undefined;
  return { id: ownId, name: readText(name), groups: readTexts(groups) };
}

/** One sentence for people: what was done, by whom, to what. Holds nothing that a statement says. */
export function describeEvent(facts: EventFacts): string {
  const { title, actor, target, actions, relations } = facts;
  const what = actions.length === 0 ? '' : ` ${actions.join(', ')}`;
  const on = relations.length === 0 ? '' : ` ${relations.join(', ')}`;
  const by = actor === undefined ? '' : ` by ${actor.id}`;
  const at = target === undefined ? '' : ` on ${target}`;
  return `${title}:${what}${on}${by}${at}`.replace(/:$/, '').replace(/: (by|on) /, ' $1 ');
}
