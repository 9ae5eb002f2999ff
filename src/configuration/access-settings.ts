import { z } from 'zod';

import { duration, entityName, isLoopback, line, section } from './fields.ts';

/** A permission with an end that principals may ask for; policies say what it permits. */
export interface GrantSettings {
  readonly name: string;
  readonly description: string;
  /** Milliseconds that it lasts at most. */
  readonly durationMaxMs: number;
  /** Undefined: nobody can take it without a decision before. */
  readonly breakGlass: BreakGlassSettings | undefined;
}

/** What happens when a grant is taken first and reviewed afterwards. */
export interface BreakGlassSettings {
  /** Groups whose members review it. Never empty. */
  readonly reviewers: readonly string[];
  /** Channels that are told at once. */
  readonly alert: readonly string[];
}

/** How requests are kept. */
export interface ReviewSettings {
  /** Milliseconds that a request waits where the policy does not say (`@expires`). */
  readonly expiresAfterMs: number;
  /** Milliseconds that a transaction waits at its COMMIT at most: its locks are in the way of others. */
  readonly commitHoldMaxMs: number;
  /** Where people open requests, without a slash at its end; undefined: messages carry no link. */
  readonly consoleUrl: string | undefined;
  /** Requests of one principal that wait at the same time. */
  readonly waitingPerPrincipalMax: number;
  /** Milliseconds that one person stands in for another at most. */
  readonly delegationMaxMs: number;
  /** Milliseconds that requests, grants and delegations are kept in the store after their end. */
  readonly keptMs: number;
}

/** The section `grants` of `sallyport.yaml`: settings by name. */
export function grantsSchema(): z.ZodType<readonly GrantSettings[]> {
  const grant = section({
    description: line().default(''),
    durationMax: duration('1m', '30d').prefault('8h'),
    breakGlass: section({
      reviewers: z.array(line(256)).min(1),
      alert: z.array(entityName()).default([]),
    }).optional(),
  });
  return z
    .record(entityName(), grant)
    .default({})
    .transform((grants) =>
      Object.entries(grants).map(([name, { description, durationMax, breakGlass }]) => ({
        name,
        description,
        durationMaxMs: durationMax,
        breakGlass,
      })),
    );
}

/** The section `reviews` of `sallyport.yaml`. */
export function reviewsSchema(): z.ZodType<ReviewSettings> {
  return section({
    expiresAfter: duration('10s', '30d').prefault('30m'),
    commitHoldMax: duration('1s', '1h').prefault('60s'),
    consoleUrl: consoleUrl().optional(),
    waitingPerPrincipalMax: z.int().min(1).max(1_000).default(20),
    delegationMax: duration('1h', '366d').prefault('30d'),
    // A rejection holds for as long as the request would have waited.
    kept: duration('31d', '3660d').prefault('366d'),
  })
    .transform(({ consoleUrl: url, waitingPerPrincipalMax, ...durations }) => ({
      expiresAfterMs: durations.expiresAfter,
      commitHoldMaxMs: durations.commitHoldMax,
      consoleUrl: url,
      waitingPerPrincipalMax,
      delegationMaxMs: durations.delegationMax,
      keptMs: durations.kept,
    }))
    .prefault({});
}

function consoleUrl(): z.ZodType<string> {
  return z
    .string()
    .refine(
      (text) => {
        if (!URL.canParse(text)) return false;
        const { protocol, username, password, search, hash, hostname } = new URL(text);
        if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        return protocol === 'https:' || (protocol === 'http:' && isLoopback({ host, port: 0 }));
      },
      { message: 'must be an https URL without user, query or fragment (http only on loopback)' },
    )
    .transform((text) => text.replace(/\/+$/, ''));
}
