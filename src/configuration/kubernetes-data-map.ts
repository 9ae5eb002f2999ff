import { z } from 'zod';

import { classSections, type DataMapClasses, readClasses, reportTo } from './data-map-classes.ts';
import { section } from './fields.ts';

/** What a cluster shows: the section `dataMap` of the file of a Kubernetes target, as read. */
export interface KubernetesDataMap extends DataMapClasses {
  /** Whether the data of Secrets, of the class `secret`, passes as it is. */
  readonly secrets: 'pass' | 'mask';
  /** Whether what commands, terminals and logs show is looked through by the detectors. */
  readonly output: 'pass' | 'inspect';
}

/** The schema of the section `dataMap` of a Kubernetes target: there always is one. */
export function kubernetesDataMapSchema(): z.ZodType<KubernetesDataMap> {
  const dataMap = section({
    secrets: z.enum(['pass', 'mask']).default('mask'),
    output: z.enum(['pass', 'inspect']).default('inspect'),
    ...classSections(),
  }).transform(({ secrets, output, ...sections }, context) => ({
    ...readClasses(sections, reportTo(context)).classes,
    secrets,
    output,
  }));
  return z.unknown().prefault({}).pipe(dataMap);
}
