import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import { type CredentialElsewhere, checkPlacement, credentialOf } from './credential-place.ts';
import { type Address, address, line, secretReference, section } from './fields.ts';
import { type FileDataMap, fileDataMapSchema } from './file-data-map.ts';
import {
  type SecretReference,
  type TargetDefaults,
  type TargetFileSchema,
  type TargetSettings,
  targetSettings,
} from './target-settings.ts';

/** What the gateway logs in to an SSH target with; to whichever account the session is for. */
export type SshCredential =
  /** As `ssh-keygen -N ''` writes it, or PEM. */
  | { readonly kind: 'privateKey'; readonly privateKey: SecretReference }
  | { readonly kind: 'password'; readonly password: SecretReference }
  /** The private key of an authority that the host trusts: it signs a certificate for each session. */
  | { readonly kind: 'certificateAuthority'; readonly certificateAuthority: SecretReference };

/** A host reached by SSH through the gateway: `targets/<name>.yaml`, as read. */
export interface SshTargetFile extends TargetSettings {
  readonly kind: 'ssh';
  /** User on the host when the client names only the target. */
  readonly account: string;
  /** Other users that a client may name (`account@target`); `*` for any. */
  readonly accounts: readonly string[];
  readonly credential: SshCredential | CredentialElsewhere;
  /** Public keys of the host, one line each as in `known_hosts` without the names. */
  readonly hostKeys: readonly string[];
  /** Public keys of authorities whose host certificates are believed. */
  readonly hostAuthorities: readonly string[];
  /** Names of variables that clients may set; `*` stands for any characters at the end: `LC_*`. */
  readonly environment: readonly string[];
  /** Where the host may be asked to connect to for a client, if the policies permit it, too. */
  readonly forwards: readonly Address[];
  /** What its files hold. Absent: nothing is said of them, and nothing is masked. */
  readonly dataMap?: FileDataMap;
}

/** Longest name of a user on Linux, with room for those of directories. */
const ACCOUNT_LENGTH_MAX = 64;
/** Without what separates accounts from targets, and what shells and logs would read otherwise. */
const ACCOUNT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/;

const PUBLIC_KEY =
  /^(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) ([A-Za-z0-9+/]{40,}={0,2})(?: .*)?$/;

/** Whether a text can be the name of a user on a host. */
export function isAccountName(text: string): boolean {
  return text.length <= ACCOUNT_LENGTH_MAX && ACCOUNT.test(text);
}

/** The schema of the file of an SSH target. */
export function sshTargetFileSchema(defaults: TargetDefaults): TargetFileSchema<SshTargetFile> {
  return section({
    kind: z.literal('ssh'),
    ...targetSettings(defaults),
    description: line().default('SSH'),
    address: address(22),
    account: accountName(),
    accounts: z.array(z.union([z.literal('*'), accountName()])).default([]),
    credential: credentialOf(defaults.side, credentialSchema(defaults.root)),
    hostKeys: z.array(publicKey()).default([]),
    hostAuthorities: z.array(publicKey()).default([]),
    environment: z.array(variableName()).default(['LANG', 'LC_*']),
    forwards: z.array(address()).default([]),
    dataMap: fileDataMapSchema().exactOptional(),
  })
    .check(({ value, issues }) => {
      const { credential, hostKeys, hostAuthorities } = value;
      checkPlacement(
        value,
        defaults.side,
        [
          [['hostKeys'], hostKeys.length > 0],
          [['hostAuthorities'], hostAuthorities.length > 0],
        ],
        issues,
      );
      if (credential.kind === 'elsewhere') return;
      if (hostKeys.length > 0 || hostAuthorities.length > 0) return;
      const message =
        'must be given, or hostAuthorities: no other host is believed to be the target';
      issues.push({ code: 'custom', path: ['hostKeys'], message, input: undefined });
    })
    .transform(({ address: { host, port }, connector, idleTimeout, ...target }) => ({
      ...target,
      host,
      port,
      connectors: connector,
      idleTimeoutMs: idleTimeout,
    }));
}

function credentialSchema(root: ConfigurationRoot): z.ZodType<SshCredential> {
  const reference = secretReference(root);
  return section({
    privateKey: reference.exactOptional(),
    password: reference.exactOptional(),
    certificateAuthority: reference.exactOptional(),
  }).transform(({ privateKey, password, certificateAuthority }, context) => {
    const credentials: SshCredential[] = [];
    if (privateKey !== undefined) credentials.push({ kind: 'privateKey', privateKey });
    if (password !== undefined) credentials.push({ kind: 'password', password });
    if (certificateAuthority !== undefined) {
      credentials.push({ kind: 'certificateAuthority', certificateAuthority });
    }
    const [credential, ...others] = credentials;
    if (credential !== undefined && others.length === 0) return credential;
    const message = 'must be one of privateKey, password and certificateAuthority';
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  });
}

function accountName(): z.ZodType<string> {
  return z.string().refine(isAccountName, {
    message: 'must be the name of a user: letters, digits, dots, dashes and underscores',
  });
}

function variableName(): z.ZodType<string> {
  return z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'must be the name of a variable, such as LANG or LC_*');
}

/** A line whose key is what its first word says. */
function publicKey(): z.ZodType<string> {
  return z.string().refine(
    (text) => {
      const [, algorithm = '', encoded = ''] = PUBLIC_KEY.exec(text) ?? [];
      const blob = Buffer.from(encoded, 'base64');
      return algorithm !== '' && blob.toString('latin1', 4, 4 + algorithm.length) === algorithm;
    },
    { message: 'must be a public key, such as "ssh-ed25519 AAAAC3Nza..."' },
  );
}
