import type { Analysis } from '../../sql/statement.ts';
import type { Candidates, Prepared } from './prepared.ts';

/** By what the names of a prepared statement were looked up. */
export interface LookUpKeys {
  /** Of the settings under which it was analysed. */
  readonly contextKey: string;
  /** Of the search path by which it was. */
  readonly searchPathKey: string;
  /** Of the relations that were known when it was. */
  readonly relationsKey: string;
}

/** What the names of a prepared statement mean, or meant. */
export interface LookUp extends Omit<LookUpKeys, 'contextKey'> {
  readonly analysis: Analysis;
}

/** Search paths under which one prepared statement was looked up without success, before it has to be prepared again. */
const LOOK_UPS_MAX = 64;

/**
 * What a prepared statement may mean now. The server looks its names up anew only where the path is another than when it
 * last did, or a relation it found has changed. When it last did is not known: what is refused, or fails, never got so far.
 * So each path since its last Bind with success counts. Undefined: it could read what `now` does not say.
 *
 * @param mayExist Of a relation, written as in facts.
 */
export function keepLookUps(
  prepared: Prepared,
  now: LookUp,
  mayExist: (relation: string) => boolean,
): (LookUp & Pick<Prepared, 'lookUps'>) | undefined {
  const { analysis, searchPathKey, relationsKey, lookUps = [] } = prepared;
  const earlier = [...lookUps, { analysis, searchPathKey, relationsKey }];
  const others = earlier.filter((one) => one.searchPathKey !== now.searchPathKey);
  if (others.length > LOOK_UPS_MAX) return undefined;
  let kept = now;
  for (const one of earlier) {
    // Of the same relations the same path finds the same.
    if (one.relationsKey === now.relationsKey) continue;
    const shared = sharedSchemas(one, now);
    if (shared === 'none') continue;
    // Behind a relation of these schemas stand the same others as before, or the server looks it up anew.
    const isFound = (name: string): boolean => mayBeIn(name, shared);
    const isStill = (relation: string): boolean => isFound(relation) && mayExist(relation);
    const reaches = reachOf(kept.analysis);
    if (isWithin(reachOf(one.analysis, { isStill, isFound }), reaches)) continue;
    // Only where one path is meant, and no other, is what it found all that the server can hold.
    if (!isCertain(one) || !isWithin(reaches, reachOf(one.analysis))) return undefined;
    kept = { ...now, analysis: one.analysis, relationsKey: one.relationsKey };
  }
  return { ...kept, lookUps: others };
}

/**
 * What a prepared statement is once it was bound with success: what the server holds for it is among what it was bound as.
 *
 * @param held What its name stands for now. The same if that is no more what was bound.
 */
export function forgetLookUps(held: Candidates, bound: Candidates): Candidates {
  if (held === 'unknown' || bound === 'unknown' || held.length > 1) return held;
  const [last] = held;
  const [one] = bound;
  if (last?.lookUps === undefined || last.lookUps.length === 0) return held;
  if (last.lookUps !== one?.lookUps || last.analysis !== one.analysis) return held;
  const { lookUps: _, ...rest } = last;
  return [rest];
}

type Paths = readonly (readonly string[])[] | null;

/** Null: not known. */
function pathsOf({ searchPathKey }: LookUp): Paths {
  return JSON.parse(searchPathKey) as Paths;
}

function isCertain(lookUp: LookUp): boolean {
  return pathsOf(lookUp)?.length === 1;
}

/** Schemas of the paths that may be that of both; `'none'`: there is no such path. */
function sharedSchemas(one: LookUp, other: LookUp): ReadonlySet<string> | 'any' | 'none' {
  const paths = pathsOf(one);
  const others = pathsOf(other)?.map((path) => JSON.stringify(path));
  if (paths === null || others === undefined) return 'any';
  const shared = paths.filter((path) => others.includes(JSON.stringify(path)));
  return shared.length === 0 ? 'none' : new Set(shared.flat());
}

/** Whether a name that leaves out its schema may stand for this. */
function mayBeIn(name: string, schemas: ReadonlySet<string> | 'any'): boolean {
  if (schemas === 'any' || !name.includes('.') || name.startsWith('pg_')) return true;
  return [...schemas].some((schema) => name.startsWith(`${schema}.`));
}

/** Of what was reached, by relation and by function, what the server may still hold. */
interface Holds {
  readonly isStill: (relation: string) => boolean;
  readonly isFound: (name: string) => boolean;
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((one) => all.has(one));
}

const ALL: Holds = { isStill: () => true, isFound: () => true };

function reachOf({ statements }: Analysis, { isStill, isFound } = ALL): ReadonlySet<string> {
  const operations = statements.flatMap((statement) => statement.operations);
  return new Set(
    operations.flatMap(({ action, facts: { reads, writes, functions } }) => [
      ...reads.filter(isStill).map((name) => `${action} reads ${name}`),
      ...writes.filter(isStill).map((name) => `${action} writes ${name}`),
      ...functions.filter(isFound).map((name) => `${action} calls ${name}`),
    ]),
  );
}
