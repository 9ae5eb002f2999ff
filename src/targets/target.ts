import type { PostgresTargetFile } from '../configuration/postgres-target-file.ts';
import type { SshTargetFile } from '../configuration/ssh-target-file.ts';

/** A PostgreSQL server reached through the gateway. Its fields are documented where they are read. */
export interface PostgresTarget extends PostgresTargetFile {}

/** A host reached by SSH through the gateway. */
export interface SshTarget extends SshTargetFile {}

/** A system reached through the gateway. `kind` says which protocol its clients speak. */
export type Target = PostgresTarget | SshTarget;

/** Where on a target a session is: what it opens there, and as whom. */
export interface TargetPlace {
  /** Of a PostgreSQL server; "" on other targets. */
  readonly database: string;
  /** User on an SSH host; "" on other targets. */
  readonly account: string;
}

/** Where clients come that name nothing but the target. */
export function defaultPlace(target: Target): TargetPlace {
  switch (target.kind) {
    case 'postgres':
      return { database: target.database, account: '' };
    case 'ssh':
      return { database: '', account: target.account };
  }
}

/** Whether a target is a PostgreSQL server. */
export function isPostgres(target: Target): target is PostgresTarget {
  return target.kind === 'postgres';
}

/** Whether a target is a host reached by SSH. */
export function isSsh(target: Target): target is SshTarget {
  return target.kind === 'ssh';
}

/** Protocols that targets speak. */
export type TargetKind = Target['kind'];

/** A target of one kind. */
export type TargetOf<Kind extends TargetKind> = Extract<Target, { readonly kind: Kind }>;
