import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { entityName, line, path, section } from './fields.ts';

/** An authority by whose certificates clients of HTTP listeners may prove who they are. */
export interface CertificateAuthoritySettings {
  /** First part of every principal's id: never rename it. */
  readonly name: string;
  readonly kind: 'person' | 'workload';
  /** PEM file with its certificates. */
  readonly caFile: string;
  /** The field that names the principal: of the subject, or of the alternative names. One value of it, no more. */
  readonly subject: 'common-name' | 'dns' | 'email' | 'uri';
  /** The field whose values are groups of the principal. */
  readonly groupsFrom: 'organizational-unit' | 'none';
  /** Groups every principal of this authority is in. */
  readonly groups: readonly string[];
}

/** The section `identity.certificates` of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function certificateAuthoritiesSchema(
  root: ConfigurationRoot,
): z.ZodType<readonly CertificateAuthoritySettings[]> {
  const authority = section({
    name: entityName(),
    kind: z.enum(['person', 'workload']).default('workload'),
    caFile: path(root),
    subject: z.enum(['common-name', 'dns', 'email', 'uri']).default('common-name'),
    groupsFrom: z.enum(['organizational-unit', 'none']).default('none'),
    groups: z.array(line(256)).default([]),
  });
  return z.array(authority).default([]);
}
