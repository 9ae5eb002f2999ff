import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type CredentialElsewhere,
  checkPlacement,
  credentialOf,
  givesTls,
} from './credential-place.ts';
import { address, line, secretReference, section } from './fields.ts';
import type { HttpCredential } from './http-credential.ts';
import { type KubernetesDataMap, kubernetesDataMapSchema } from './kubernetes-data-map.ts';
import {
  type SecretReference,
  type TargetDefaults,
  type TargetFileSchema,
  targetSettings,
} from './target-settings.ts';
import {
  type ClientCertificate,
  clientCertificate,
  type WebTargetSettings,
  webTargetSettings,
} from './web-target-settings.ts';

/** A cluster reached through the gateway: `targets/<name>.yaml`, as read. */
export interface KubernetesTargetFile extends WebTargetSettings {
  readonly kind: 'kubernetes';
  /** `none` where `tls.clientCertificate` is all that the API server needs. */
  readonly credential:
    | (HttpCredential & { readonly kind: 'bearer' | 'none' })
    | CredentialElsewhere;
  /** As whom the API server is to take requests. Undefined: as whom the credential says. */
  readonly impersonation: Impersonation | undefined;
  readonly dataMap: KubernetesDataMap;
}

/** How principals are called in the cluster. */
export interface Impersonation {
  /** Put before the principal's id, and before the name of each of its groups. */
  readonly prefix: string;
}

/** The schema of the file of a Kubernetes target. */
export function kubernetesTargetFileSchema(
  defaults: TargetDefaults,
): TargetFileSchema<KubernetesTargetFile> {
  const { root } = defaults;
  const shape = webTargetSettings(defaults);
  return section({
    kind: z.literal('kubernetes'),
    ...targetSettings(defaults),
    ...shape,
    description: line().default('Kubernetes'),
    address: address(6443),
    credential: credentialOf(defaults.side, tokenOrCertificate(root)),
    impersonate: z
      .union(
        [z.boolean(), section({ prefix: impersonationPrefix() })],
        'must be true, false or {prefix: "clinic:"}',
      )
      .default(true),
    dataMap: kubernetesDataMapSchema(),
  })
    .check(({ value, issues }) => {
      const { tls } = value;
      checkPlacement(value, defaults.side, [[['tls'], givesTls(tls)]], issues);
      const path = ['tls', tls.mode === 'disable' ? 'mode' : 'clientCertificate'];
      if (tls.mode === 'disable') {
        const message = 'must not be disable: no cluster is reached in the clear';
        issues.push({ code: 'custom', path, message, input: undefined });
      } else if (tls.clientCertificate !== undefined) {
        const message = 'must be given in the section credential';
        issues.push({ code: 'custom', path, message, input: undefined });
      }
    })
    .transform(({ address, connector, idleTimeout, reviewPatience, impersonate, ...target }) => {
      const { credential } = target;
      const certificate = credential.kind === 'none' ? credential.clientCertificate : undefined;
      return {
        ...target,
        ...address,
        connectors: connector,
        tls: {
          ...target.tls,
          ...(certificate !== undefined && { clientCertificate: certificate }),
        },
        credential: credential.kind === 'none' ? { kind: 'none' as const } : credential,
        impersonation: readImpersonation(impersonate),
        reviewPatienceMs: reviewPatience,
        idleTimeoutMs: idleTimeout,
      };
    });
}

/** What the gateway proves itself to a cluster by. */
type ClusterCredential =
  | { readonly kind: 'bearer'; readonly bearer: SecretReference }
  | { readonly kind: 'none'; readonly clientCertificate: ClientCertificate };

function tokenOrCertificate(root: ConfigurationRoot): z.ZodType<ClusterCredential> {
  return section({
    token: secretReference(root).exactOptional(),
    clientCertificate: clientCertificate(root).exactOptional(),
  }).transform(({ token, clientCertificate: certificate }, context): ClusterCredential => {
    if (token !== undefined && certificate === undefined) return { kind: 'bearer', bearer: token };
    if (token === undefined && certificate !== undefined) {
      return { kind: 'none', clientCertificate: certificate };
    }
    const message = 'must be one of token and clientCertificate';
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  });
}

/** Never empty: a provider's group must not be one that the cluster trusts by name, such as `system:masters`. */
function impersonationPrefix(): z.ZodType<string> {
  return line(64).refine((prefix) => !prefix.startsWith('system:'), {
    message: 'must not begin with system:, whose names mean something to Kubernetes',
  });
}

const PREFIX = 'sallyport:';

function readImpersonation(
  setting: boolean | { readonly prefix: string },
): Impersonation | undefined {
  if (typeof setting === 'object') return setting;
  return setting ? { prefix: PREFIX } : undefined;
}
