import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type CredentialElsewhere,
  checkPlacement,
  credentialOf,
  givesTls,
} from './credential-place.ts';
import { address, line, path, section, size } from './fields.ts';
import { fieldName, type HttpCredential, httpCredentialSchema } from './http-credential.ts';
import { type HttpDataMap, httpDataMapSchema } from './http-data-map.ts';
import { type TargetDefaults, type TargetFileSchema, targetSettings } from './target-settings.ts';
import { type WebTargetSettings, webPath, webTargetSettings } from './web-target-settings.ts';

/** Where the descriptors of a target's gRPC services are from. */
export type GrpcSettings =
  /** A `FileDescriptorSet`, as `protoc --descriptor_set_out --include_imports` writes it. */
  | { readonly kind: 'descriptors'; readonly file: string }
  /** The target is asked by gRPC server reflection. */
  | { readonly kind: 'reflection' };

/** An HTTP service reached through the gateway: `targets/<name>.yaml`, as read. */
export interface HttpTargetFile extends WebTargetSettings {
  readonly kind: 'http';
  /** Put before every path on the way to the target: `/r4`; "" for nothing. */
  readonly basePath: string;
  readonly credential: HttpCredential | CredentialElsewhere;
  /** The field that tells the target who asks, as a signed token. Undefined: it is not told. */
  readonly identityHeader: string | undefined;
  /** An OpenAPI document (YAML or JSON), whose paths are the routes of policies. */
  readonly openapiFile?: string;
  readonly grpc?: GrpcSettings;
  /** Canonical paths where GraphQL is spoken. */
  readonly graphql: readonly string[];
  /** Canonical path under which FHIR R4 is spoken; "" for all. Undefined: nowhere. */
  readonly fhir?: string;
  /** Whether `;` may stand in a segment of a path. */
  readonly pathParameters: boolean;
  /** Bytes of a request's body that are read for the facts of policies; 0: bodies are no facts. */
  readonly bodyFactsBytesMax: number;
  /** What its bodies hold. Absent: nothing is said of them, and nothing is masked. */
  readonly dataMap?: HttpDataMap;
}

const GRAPHQL_PATHS_MAX = 10;

/** The schema of the file of an HTTP target. */
export function httpTargetFileSchema(defaults: TargetDefaults): TargetFileSchema<HttpTargetFile> {
  const { root } = defaults;
  return section({
    kind: z.literal('http'),
    ...targetSettings(defaults),
    ...webTargetSettings(defaults),
    description: line().default('HTTP'),
    address: address(443),
    basePath: rootOr(webPath()).default(''),
    credential: credentialOf(defaults.side, httpCredentialSchema(root)),
    identityHeader: z
      .union([z.literal(false), identityHeader()], 'must be the name of a header field, or false')
      .default('X-Sallyport-Identity'),
    openapi: path(root).exactOptional(),
    grpc: grpcSchema(root).exactOptional(),
    graphql: z.array(webPath()).max(GRAPHQL_PATHS_MAX).default([]),
    fhir: rootOr(webPath()).exactOptional(),
    pathParameters: z.boolean().default(false),
    bodyFacts: z.union([z.literal('none').transform(() => 0), size('1B', '1MiB')]).default(0),
    dataMap: httpDataMapSchema().exactOptional(),
  })
    .check(({ value, issues }) => {
      const { tls, basePath } = value;
      const ofLogin = [
        [['tls'], givesTls(tls) || tls.clientCertificate !== undefined],
        [['basePath'], basePath !== ''],
      ] as const;
      checkPlacement(value, defaults.side, ofLogin, issues);
    })
    .transform(
      ({
        address: { host, port },
        connector,
        idleTimeout,
        reviewPatience,
        openapi,
        bodyFacts,
        ...target
      }) => ({
        ...target,
        host,
        port,
        connectors: connector,
        identityHeader: target.identityHeader === false ? undefined : target.identityHeader,
        ...(openapi !== undefined && { openapiFile: openapi }),
        bodyFactsBytesMax: bodyFacts,
        reviewPatienceMs: reviewPatience,
        idleTimeoutMs: idleTimeout,
      }),
    );
}

/** `/` is written for all paths. */
function rootOr(schema: z.ZodType<string>): z.ZodType<string> {
  return z.union([z.literal('/').transform(() => ''), schema]);
}

/** A field of nobody else's: what clients send in it is dropped. */
function identityHeader(): z.ZodType<string> {
  return fieldName().refine((name) => /^x-/i.test(name), { message: 'must begin with X-' });
}

function grpcSchema(root: ConfigurationRoot): z.ZodType<GrpcSettings> {
  return z.union(
    [
      section({ descriptors: path(root) }).transform(
        ({ descriptors }) => ({ kind: 'descriptors', file: descriptors }) as const,
      ),
      section({ reflection: z.literal(true) }).transform(() => ({ kind: 'reflection' }) as const),
    ],
    'must be {descriptors: file} or {reflection: true}',
  );
}
