import type { Analysis } from '../../sql/statement.ts';
import type { Prepared } from './session-names.ts';

/** What the names of a prepared statement mean, or meant. */
export interface LookUp {
  readonly analysis: Analysis;
  /** Of the search path by which it was analysed. */
  readonly searchPathKey: string;
}

/** Search paths under which one prepared statement was looked up, before it has to be prepared again. */
const LOOK_UPS_MAX = 64;

/**
 * What a prepared statement may mean now. The server looks its names up anew only where the path is another than when it
 * last did, and when that was is not known: what is refused, or fails, never got so far. So each path under which it may have done
 * so counts. Undefined: it could read what `now` does not say.
 */
export function keepLookUps(
  prepared: Prepared,
  now: LookUp,
): Pick<Prepared, 'analysis' | 'lookUps'> | undefined {
  const { searchPathKey, lookUps = [] } = prepared;
  const earlier = [...lookUps, { searchPathKey, analysis: prepared.analysis }];
  let { analysis } = now;
  for (const one of earlier) {
    if (!mayBeSamePath(one, now)) continue;
    const kept = keepReach(one.analysis, analysis);
    if (kept === undefined) return undefined;
    // Of several paths that were possible, one is left: what it means is part of what they did.
    if (isCertain(one) || one.searchPathKey === now.searchPathKey) analysis = kept;
  }
  const others = earlier.filter((one) => one.searchPathKey !== now.searchPathKey);
  return others.length > LOOK_UPS_MAX ? undefined : { analysis, lookUps: others };
}

type Paths = readonly (readonly string[])[] | null;

/** Null: not known. */
function pathsOf({ searchPathKey }: LookUp): Paths {
  return JSON.parse(searchPathKey) as Paths;
}

function isCertain(lookUp: LookUp): boolean {
  return pathsOf(lookUp)?.length === 1;
}

function mayBeSamePath(one: LookUp, other: LookUp): boolean {
  if (one.searchPathKey === other.searchPathKey) return true;
  const paths = pathsOf(one);
  const others = pathsOf(other)?.map((path) => JSON.stringify(path));
  if (paths === null || others === undefined) return true;
  return paths.some((path) => others.includes(JSON.stringify(path)));
}

/**
 * Of two analyses of a text the one that reaches all that the other does. Undefined if neither does: its names may stand for
 * what they did, or for something else.
 */
function keepReach(before: Analysis, now: Analysis): Analysis | undefined {
  const reached = reachOf(before);
  const reaches = reachOf(now);
  if (isWithin(reached, reaches)) return now;
  return isWithin(reaches, reached) ? before : undefined;
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((one) => all.has(one));
}

function reachOf({ statements }: Analysis): ReadonlySet<string> {
  const operations = statements.flatMap((statement) => statement.operations);
  return new Set(
    operations.flatMap(({ action, facts: { reads, writes, functions } }) => [
      ...reads.map((name) => `${action} reads ${name}`),
      ...writes.map((name) => `${action} writes ${name}`),
      ...functions.map((name) => `${action} calls ${name}`),
    ]),
  );
}
