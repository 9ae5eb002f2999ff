import type { HttpTargetFile } from '../configuration/http-target-file.ts';
import type { KubernetesTargetFile } from '../configuration/kubernetes-target-file.ts';
import type { PostgresTargetFile } from '../configuration/postgres-target-file.ts';
import type { SshTargetFile } from '../configuration/ssh-target-file.ts';

/** A PostgreSQL server reached through the gateway. Its fields are documented where they are read. */
export interface PostgresTarget extends PostgresTargetFile {}

/** A host reached by SSH through the gateway. */
export interface SshTarget extends SshTargetFile {}

/** An HTTP service reached through the gateway. */
export interface HttpTarget extends HttpTargetFile {}

/** A Kubernetes cluster reached through the gateway. */
export interface KubernetesTarget extends KubernetesTargetFile {}

/** A system reached through the gateway. `kind` says which protocol its clients speak. */
export type Target = PostgresTarget | SshTarget | WebTarget;

/** What is reached by HTTP. */
export type WebTarget = HttpTarget | KubernetesTarget;

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
    case 'http':
    case 'kubernetes':
      return { database: '', account: '' };
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

/** Whether a target is reached by HTTP. */
export function isWeb(target: Target): target is WebTarget {
  return target.kind === 'http' || target.kind === 'kubernetes';
}

/** Kinds of targets. */
export type TargetKind = Target['kind'];

/** A target of one kind. */
export type TargetOf<Kind extends TargetKind> = Extract<Target, { readonly kind: Kind }>;

/** What clients speak to the gateway. */
export type ClientProtocol = 'postgres' | 'ssh' | 'http';
