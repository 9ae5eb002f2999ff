import type { SecretSourceSettings } from './secret-source-settings.ts';

/** A reference to a secret of a source that the configuration names: `openbao:kv/hospital#password`. */
export interface SourceReference {
  /** The source's name. */
  readonly source: string;
  /** What the secret is called there. */
  readonly path: string;
  /** Which of its fields is meant. Undefined: all of it. */
  readonly field: string | undefined;
}

/** A database role of which the engine makes users, or whose one user's password it changes. */
export type DatabasePath = {
  readonly kind: 'creds' | 'static-creds';
  readonly mount: string;
  readonly role: string;
};

/** Where a path of Vault or OpenBao leads. */
export type BaoPath =
  | { readonly kind: 'kv2'; readonly mount: string; readonly path: string }
  | DatabasePath;

const REFERENCE_LENGTH_MAX = 1_024;
/** Printable ASCII alone: nothing here can end a line, a field of a header or a text. */
const REFERENCE =
  /^([a-z0-9][a-z0-9-]{0,62}):([\x21\x22\x24-\x7e]+)(?:#([\x21\x22\x24-\x7e]{1,256}))?$/;

/** Characters that are themselves in a URL's path, or are encoded there; no slash, and no percent sign that would be read twice. */
const BAO_SEGMENT = /^[A-Za-z0-9_.@=+~-]{1,128}$/;
const AWS_NAME =
  /^(?:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/;
const GCP_NAME = /^[A-Za-z0-9_-]{1,255}(?:\/[A-Za-z0-9_-]{1,63})?$/;
const AZURE_NAME = /^[A-Za-z0-9-]{1,127}(?:\/[0-9a-f]{32})?$/;
const KUBERNETES_NAME =
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const KUBERNETES_KEY = /^(?!\.\.?$)[A-Za-z0-9._-]{1,253}$/;

/** Undefined: it is not the reference of a source, whatever sources there are. */
export function parseSourceReference(text: string): SourceReference | undefined {
  if (text.length > REFERENCE_LENGTH_MAX) return undefined;
  const [, source, path, field] = REFERENCE.exec(text) ?? [];
  return source === undefined || path === undefined ? undefined : { source, path, field };
}

/**
 * What is wrong with what is asked of a source, for the person who wrote it. Undefined: nothing. What passes can be
 * put into the source's requests and cannot leave the place that is meant for it there.
 */
export function findReferenceProblem(
  settings: SecretSourceSettings,
  { path, field }: SourceReference,
): string | undefined {
  switch (settings.kind) {
    case 'openbao':
    case 'hashicorp-vault': {
      const mounts = [...settings.engines.keys()].join(', ');
      return parseBaoPath(settings.engines, path) === undefined
        ? `must go on with a path in one of its engines (${mounts}): kv/name, database/creds/role or database/static-creds/role`
        : undefined;
    }
    case 'aws-secretsmanager':
      return AWS_NAME.test(path) ? undefined : 'must go on with the name or ARN of a secret';
    case 'gcp-secretmanager':
      return GCP_NAME.test(path)
        ? undefined
        : 'must go on with the name of a secret, or name/version';
    case 'azure-keyvault':
      return AZURE_NAME.test(path)
        ? undefined
        : 'must go on with the name of a secret, or name/version';
    case 'kubernetes':
      if (!KUBERNETES_NAME.test(path)) return 'must go on with namespace/name';
      return field === undefined || KUBERNETES_KEY.test(field)
        ? undefined
        : 'must end with the key of a Secret';
  }
}

/** Undefined: it leads into no engine, or would leave it. */
export function parseBaoPath(
  engines: ReadonlyMap<string, 'kv2' | 'database'>,
  path: string,
): BaoPath | undefined {
  if (!isBaoPath(path)) return undefined;
  const [mount] = [...engines.keys()]
    .filter((name) => path.startsWith(`${name}/`))
    .toSorted((a, b) => b.length - a.length);
  if (mount === undefined) return undefined;
  const rest = path.slice(mount.length + 1);
  if (engines.get(mount) === 'kv2') return { kind: 'kv2', mount, path: rest };
  const [, kind, role] = /^(creds|static-creds)\/([^/]+)$/.exec(rest) ?? [];
  if (role === undefined) return undefined;
  return { kind: kind === 'creds' ? 'creds' : 'static-creds', mount, role };
}

/** Whether each of its segments stands for itself. */
export function isBaoPath(path: string): boolean {
  return path
    .split('/')
    .every((segment) => BAO_SEGMENT.test(segment) && segment !== '.' && segment !== '..');
}
