import { z } from 'zod';

import { entityName, line, section } from './fields.ts';

/** A fact of an operation, as a test gives it. */
export type TestFact = boolean | number | string | readonly string[];

/** A relation that the statements of a test file may name. */
export interface TestRelation {
  /** `schema.name` */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of each unique key; the first is the primary key. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

/** One expectation of a policy test file. */
export interface PolicyTestCase {
  readonly name: string;
  /** Relative to the configuration directory. */
  readonly file: string;
  readonly line: number;
  readonly principal: {
    readonly id: string;
    readonly kind: 'person' | 'workload';
    readonly groups: readonly string[];
    /** Names of grants in force on the target. */
    readonly grants: readonly string[];
  };
  readonly target: {
    readonly name: string;
    readonly kind: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** "" on a host. */
  readonly database: string;
  /** User on a host; "" on a database. */
  readonly account: string;
  /** An action with facts, a command as SSH clients send it, or a statement that is analysed against `relations`. */
  readonly tried:
    | {
        readonly kind: 'action';
        readonly action: string;
        /** For `reveal`. */
        readonly dataClass?: string;
        readonly facts: Readonly<Record<string, TestFact>>;
      }
    | { readonly kind: 'command'; readonly command: string }
    | {
        readonly kind: 'sql';
        readonly sql: string;
        readonly relations: readonly TestRelation[];
      };
  readonly expect: 'allow' | 'deny' | 'review';
  /** The `@id` of a policy that must have decided; `none` for a default deny. */
  readonly policy: string | undefined;
}

type PolicyTestFile = readonly Omit<PolicyTestCase, 'file' | 'line'>[];

/** The schema of `policies/tests/*.yaml`. */
export function policyTestFileSchema(): z.ZodType<PolicyTestFile> {
  const target = section({
    name: entityName(),
    kind: entityName().default('postgres'),
    labels: z.record(z.string(), z.string()).default({}),
  });
  const test = section({
    name: line(),
    principal: section({
      id: line().default('test:somebody'),
      kind: z.enum(['person', 'workload']).default('person'),
      groups: z.array(z.string()).default([]),
      grants: z.array(entityName()).default([]),
    }).prefault({}),
    target: target.optional(),
    database: line().optional(),
    account: line().optional(),
    action: line().optional(),
    dataClass: entityName().optional(),
    facts: facts().optional(),
    sql: z.string().min(1).optional(),
    command: z.string().min(1).optional(),
    expect: z.enum(['allow', 'deny', 'review']),
    policy: line().optional(),
  }).check(({ value, issues }) => {
    const problem = (key: string, message: string): void => {
      issues.push({ code: 'custom', path: [key], message, input: undefined });
    };
    const tried = [value.action, value.sql, value.command].filter((what) => what !== undefined);
    if (tried.length !== 1) {
      problem('action', 'must be given, or sql, or command, but only one of them');
    }
    if ((value.action === 'reveal') !== (value.dataClass !== undefined)) {
      problem('dataClass', 'must be given with action: reveal, and only then');
    }
    if (value.action === undefined && value.facts !== undefined) {
      problem('facts', 'must only be given with action: others are found by analysis');
    }
  });
  const relation = section({
    columns: z.array(line()).min(1),
    uniqueKeys: z.array(z.array(line()).min(1)).default([]),
  });
  return section({
    target: target.prefault({ name: 'target' }),
    relations: z
      .record(z.string().regex(/^[^.]+\.[^.]+$/, 'must be schema.name'), relation)
      .default({}),
    tests: z.array(test).min(1),
  }).transform(({ target: fileTarget, relations, tests }) => {
    const known = Object.entries(relations).map(([name, rest]) => ({ name, ...rest }));
    return tests.map((test) => {
      const { name, principal, target: own = fileTarget, expect, policy } = test;
      const { database = own.kind === 'ssh' ? '' : own.name, account = '' } = test;
      const tried = readTried(test, known);
      return { name, principal, target: own, database, account, tried, expect, policy };
    });
  });
}

function readTried(
  {
    action = '',
    dataClass,
    facts: given = {},
    sql,
    command,
  }: {
    readonly action?: string | undefined;
    readonly dataClass?: string | undefined;
    readonly facts?: Readonly<Record<string, TestFact>> | undefined;
    readonly sql?: string | undefined;
    readonly command?: string | undefined;
  },
  relations: readonly TestRelation[],
): PolicyTestCase['tried'] {
  if (sql !== undefined) return { kind: 'sql', sql, relations };
  if (command !== undefined) return { kind: 'command', command };
  return { kind: 'action', action, ...(dataClass !== undefined && { dataClass }), facts: given };
}

function facts(): z.ZodType<Readonly<Record<string, TestFact>>> {
  const fact = z.union(
    [z.boolean(), z.int(), z.string(), z.array(z.string())],
    'must be true, false, a whole number, text or a list of texts',
  );
  return z.record(z.string(), fact);
}
