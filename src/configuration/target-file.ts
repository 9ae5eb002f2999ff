import { z } from 'zod';

import { type HttpTargetFile, httpTargetFileSchema } from './http-target-file.ts';
import { type KubernetesTargetFile, kubernetesTargetFileSchema } from './kubernetes-target-file.ts';
import { type PostgresTargetFile, postgresTargetFileSchema } from './postgres-target-file.ts';
import { type SshTargetFile, sshTargetFileSchema } from './ssh-target-file.ts';
import type { TargetDefaults } from './target-settings.ts';

/** What is reached through the gateway: `targets/<name>.yaml`, as read. */
export type TargetFile = PostgresTargetFile | SshTargetFile | HttpTargetFile | KubernetesTargetFile;

/** The schema of `targets/<name>.yaml`. */
export function targetFileSchema(defaults: TargetDefaults): z.ZodType<TargetFile> {
  return z.discriminatedUnion(
    'kind',
    [
      postgresTargetFileSchema(defaults),
      sshTargetFileSchema(defaults),
      httpTargetFileSchema(defaults),
      kubernetesTargetFileSchema(defaults),
    ],
    'must be one of postgres, ssh, http, kubernetes',
  );
}
