import type { ConfigurationProblem } from '../../configuration/configuration-error.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import { readOpenapiPaths } from '../../configuration/openapi-paths.ts';
import type { TargetFile } from '../../configuration/target-file.ts';
import { DescriptorError, ServiceSchema } from '../../masking/protobuf/service-schema.ts';

/** Targets, and what they refer to. */
type Described = Pick<Configuration, 'targets' | 'documents'>;

/**
 * What is wrong with the descriptions of interfaces that targets name: then no route is known, or no method.
 *
 * @param before Of which nothing was wrong: what is as it was there is not read again, as a large document takes seconds.
 *   Default: all is read.
 */
export function findDocumentProblems(
  { targets, documents }: Described,
  before?: Described,
): readonly ConfigurationProblem[] {
  const earlier = new Map(before?.targets.map((target) => [target.name, listDocuments(target)]));
  return targets.flatMap((target) => {
    const changed = listDocuments(target).filter(
      ({ kind, path }) =>
        !earlier.get(target.name)?.some((one) => one.kind === kind && one.path === path) ||
        !isSame(documents.get(path), before?.documents.get(path)),
    );
    return changed
      .map(({ kind, path }) => READERS[kind](documents.get(path)))
      .filter((message) => message !== undefined)
      .map((message) => ({ file: `targets/${target.name}.yaml`, line: 1, column: 1, message }));
  });
}

/** What is wrong with a document, by what it is to be; undefined if nothing is, or if there is none. */
const READERS = { openapi: refuseOpenapi, descriptors: refuseDescriptors } as const;

function listDocuments(
  target: TargetFile,
): readonly { readonly kind: keyof typeof READERS; readonly path: string }[] {
  if (target.kind !== 'http') return [];
  const { openapiFile, grpc } = target;
  return [
    ...(openapiFile === undefined ? [] : [{ kind: 'openapi', path: openapiFile } as const]),
    ...(grpc?.kind === 'descriptors' ? [{ kind: 'descriptors', path: grpc.file } as const] : []),
  ];
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one !== undefined && other?.equals(one) === true;
}

function refuseOpenapi(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined || readOpenapiPaths(bytes) !== undefined) return undefined;
  return 'Cannot read openapi: must be an OpenAPI document of version 3 with paths, in YAML or JSON';
}

function refuseDescriptors(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    ServiceSchema.decode(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof DescriptorError)) throw error;
    return 'Cannot read grpc.descriptors: must be a FileDescriptorSet with all that its files import';
  }
}
