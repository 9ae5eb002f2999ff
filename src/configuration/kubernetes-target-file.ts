import { z } from 'zod';
import { address, line, secretReference, section } from './fields.ts';
import type { HttpCredential } from './http-credential.ts';
import { type KubernetesDataMap, kubernetesDataMapSchema } from './kubernetes-data-map.ts';
import { type TargetDefaults, type TargetFileSchema, targetSettings } from './target-settings.ts';
import {
  clientCertificate,
  type WebTargetSettings,
  webTargetSettings,
} from './web-target-settings.ts';

/** A cluster reached through the gateway: `targets/<name>.yaml`, as read. */
export interface KubernetesTargetFile extends WebTargetSettings {
  readonly kind: 'kubernetes';
  /** `none` where `tls.clientCertificate` is all that the API server needs. */
  readonly credential: HttpCredential & { readonly kind: 'bearer' | 'none' };
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
  const { directory } = defaults;
  const shape = webTargetSettings(defaults);
  return section({
    kind: z.literal('kubernetes'),
    ...targetSettings(defaults),
    ...shape,
    description: line().default('Kubernetes'),
    address: address(6443),
    credential: section({
      token: secretReference(directory).exactOptional(),
      clientCertificate: clientCertificate(directory).exactOptional(),
    }).check(({ value, issues }) => {
      if ((value.token === undefined) !== (value.clientCertificate === undefined)) return;
      const message = 'must be one of token and clientCertificate';
      issues.push({ code: 'custom', message, input: undefined });
    }),
    impersonate: z
      .union(
        [z.boolean(), section({ prefix: impersonationPrefix() })],
        'must be true, false or {prefix: "clinic:"}',
      )
      .default(true),
    dataMap: kubernetesDataMapSchema(),
  })
    .check(({ value: { tls }, issues }) => {
      const path = ['tls', tls.mode === 'disable' ? 'mode' : 'clientCertificate'];
      if (tls.mode === 'disable') {
        const message = 'must not be disable: no cluster is reached in the clear';
        issues.push({ code: 'custom', path, message, input: undefined });
      } else if (tls.clientCertificate !== undefined) {
        const message = 'must be given in the section credential';
        issues.push({ code: 'custom', path, message, input: undefined });
      }
    })
    .transform(
      ({ address: { host, port }, idleTimeout, reviewPatience, impersonate, ...target }) => {
        const { token, clientCertificate: certificate } = target.credential;
        return {
          ...target,
          host,
          port,
          tls: {
            ...target.tls,
            ...(certificate !== undefined && { clientCertificate: certificate }),
          },
          credential:
            token === undefined
              ? ({ kind: 'none' } as const)
              : ({ kind: 'bearer', bearer: token } as const),
          impersonation: readImpersonation(impersonate),
          reviewPatienceMs: reviewPatience,
          idleTimeoutMs: idleTimeout,
        };
      },
    );
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
