import type { ConfigurationProblem } from '../../configuration/configuration-error.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { readOpenapiPaths } from '../../configuration/openapi-paths.ts';
import type { TargetFile } from '../../configuration/target-file.ts';
import { DescriptorError, ServiceSchema } from '../../masking/protobuf/service-schema.ts';

type Documents = Configuration['documents'];

/** What is wrong with the descriptions of interfaces that targets name: then no route is known, or no method. */
export function findDocumentProblems({
  targets,
  documents,
}: Pick<Configuration, 'targets' | 'documents'>): readonly ConfigurationProblem[] {
  return targets.flatMap((target) =>
    listReasons(target, documents).map((message) => ({
      ...{ file: `targets/${target.name}.yaml`, line: 1, column: 1 },
      message,
    })),
  );
}

function listReasons(target: TargetFile, documents: Documents): readonly string[] {
  if (target.kind !== 'http') return [];
  const { openapiFile, grpc } = target;
  const reasons: string[] = [];
  const openapi = openapiFile === undefined ? undefined : documents.get(openapiFile);
  if (openapi !== undefined && readOpenapiPaths(openapi) === undefined) {
    reasons.push(
      'Cannot read openapi: must be an OpenAPI document of version 3 with paths, in YAML or JSON',
    );
  }
  const descriptors = grpc?.kind === 'descriptors' ? documents.get(grpc.file) : undefined;
  const why = descriptors && refuseDescriptors(descriptors);
  if (why !== undefined) reasons.push(`Cannot read grpc.descriptors: ${why}`);
  return reasons;
}

function refuseDescriptors(bytes: Buffer): string | undefined {
  try {
    ServiceSchema.decode(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof DescriptorError)) throw error;
    return 'must be a FileDescriptorSet with all that its files import';
  }
}
