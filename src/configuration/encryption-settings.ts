import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { line, path, secretReference, section, webUrl } from './fields.ts';

/** Where the key lies that wraps all others. */
export type MasterKeySettings =
  /** `<data>/keys/master.key`, which the gateway makes. */
  | { readonly kind: 'own' }
  /** 32 bytes, by reference. */
  | { readonly kind: 'secret'; readonly key: string }
  /** The transit engine of Vault or OpenBao, which never gives the key out. */
  | {
      readonly kind: 'vault-transit';
      readonly address: string;
      readonly mount: string;
      readonly key: string;
      /** Reference; read anew for each call, since tokens are renewed. */
      readonly token: string;
      readonly namespace: string | undefined;
      readonly caFile: string | undefined;
    }
  /** AWS KMS; who the gateway is there, the SDK finds out as it usually does. */
  | {
      readonly kind: 'aws-kms';
      /** Id, ARN or alias. */
      readonly key: string;
      readonly region: string;
      /** In place of the region's own. */
      readonly endpoint: string | undefined;
    };

/** What is kept is encrypted under it. */
export interface EncryptionSettings {
  readonly masterKey: MasterKeySettings;
  /** Still open what they wrapped, until `sallyport keys rewrap` moved it to `masterKey`. */
  readonly previousKeys: readonly MasterKeySettings[];
}

/** The schema of `encryption`. Paths are relative to the directory of `root`. */
export function encryptionSchema(root: ConfigurationRoot): z.ZodType<EncryptionSettings> {
  const masterKey = masterKeySchema(root);
  return section({
    masterKey: masterKey.prefault({ kind: 'own' }),
    previousKeys: z.array(masterKey).max(10).default([]),
  }).prefault({});
}

function masterKeySchema(root: ConfigurationRoot): z.ZodType<MasterKeySettings> {
  return z.discriminatedUnion(
    'kind',
    [
      section({ kind: z.literal('own') }),
      section({ kind: z.literal('secret'), key: secretReference(root) }),
      section({
        kind: z.literal('vault-transit'),
        address: webUrl(),
        mount: name().default('transit'),
        key: name(),
        token: secretReference(root),
        namespace: line().optional(),
        caFile: path(root).optional(),
      }).transform(({ namespace, caFile, ...rest }) => ({ ...rest, namespace, caFile })),
      section({
        kind: z.literal('aws-kms'),
        key: line(),
        region: name(),
        endpoint: webUrl().optional(),
      }).transform(({ endpoint, ...rest }) => ({ ...rest, endpoint })),
    ],
    'must be one of own, secret, vault-transit, aws-kms',
  );
}

/** Part of a path or of a host's name. */
function name(): z.ZodType<string> {
  return z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'must be letters, digits, -, _ and .');
}
