import { createHash } from 'node:crypto';

import type { Configuration } from '../../configuration/load-configuration.ts';
import { readOpenapiPaths } from '../../configuration/openapi-paths.ts';
import { FormDescriber } from '../../protocols/http/form/form-describer.ts';
import { GraphqlDescriber } from '../../protocols/http/graphql/graphql-describer.ts';
import { GrpcDescriber } from '../../protocols/http/grpc/grpc-describer.ts';
import {
  ReflectedSchema,
  type SchemaSource,
  schemaOfFile,
} from '../../protocols/http/grpc/schema-source.ts';
import type { HttpDialect, HttpService } from '../../protocols/http/http-service.ts';
import { createKubernetesDialect } from '../../protocols/http/kubernetes/kubernetes-dialect.ts';
import { askPodLabels } from '../../protocols/http/kubernetes/pod-labels.ts';
import { RouteTable } from '../../protocols/http/openapi/route-table.ts';
import { createPlainDialect } from '../../protocols/http/plain-dialect.ts';
import { ServiceDescriber } from '../../protocols/http/service-describer.ts';
import { type Site, SiteDirectory } from '../../targets/site-directory.ts';
import { type HttpTarget, isWeb, type WebTarget } from '../../targets/target.ts';
import type { HttpTargets } from '../../upstream/http/http-targets.ts';
import { parseAuthority } from '../../wire/http/authority.ts';
import type { Masking } from '../masking.ts';
import { openPlainDescribers } from './open-plain-describers.ts';

/** What services are made of. */
export interface HttpServicesParts {
  readonly masking: Masking;
  readonly targets: HttpTargets;
  readonly nowMs: () => number;
}

/** The targets that are reached by HTTP, as their clients are served. */
export class HttpServices {
  readonly #parts: HttpServicesParts;
  #sites: SiteDirectory;
  #documents: Configuration['documents'];
  /** By target and prefix. */
  #services = new Map<WebTarget, Map<string, HttpService>>();

  constructor(configuration: Configuration, parts: HttpServicesParts) {
    this.#parts = parts;
    this.#sites = new SiteDirectory(configuration.targets, configuration.http);
    this.#documents = configuration.documents;
  }

  /** Takes effect at the next request. Sessions on targets that have not changed go on. */
  reconfigure({ targets, http, documents }: Configuration): void {
    this.#sites = new SiteDirectory(targets, http);
    const before = new Map(
      [...this.#services].map(([target, services]) => [keyOf(target, this.#documents), services]),
    );
    this.#documents = documents;
    this.#services = new Map();
    for (const target of targets.filter(isWeb)) {
      const services = before.get(keyOf(target, documents));
      if (services !== undefined) this.#services.set(target, services);
    }
  }

  /**
   * @param authority Lower case, perhaps with a port.
   * @param path Canonical.
   * @param boundTo Name of the listener's only target, if it has one.
   */
  find(authority: string, path: string, boundTo: string | undefined): HttpService | undefined {
    const site = this.#sites.find(parseAuthority(authority).host, path, boundTo);
    if (site === undefined) return undefined;
    const { target, pathPrefix } = site;
    const services = this.#services.get(target) ?? new Map<string, HttpService>();
    const service = services.get(pathPrefix) ?? this.#describe(site);
    this.#services.set(target, services.set(pathPrefix, service));
    return service;
  }

  #describe({ target, pathPrefix }: Site): HttpService {
    const { masking, targets } = this.#parts;
    const { name, reviewPatienceMs } = target;
    return {
      name,
      dialect: chooseDialect(target, { ...this.#parts, documents: this.#documents }),
      pathPrefix,
      pathParameters: target.kind === 'http' && target.pathParameters,
      reviewPatienceMs,
      masking: () => masking.findBodies(name),
      detectors: () => masking.findServiceDetectors(name),
      openUpstream: (session) => targets.open(target, session),
    };
  }
}

/** All that the services of a target are made of. */
function keyOf(target: WebTarget, documents: Configuration['documents']): string {
  const digests = documentsOf(target).map((path) =>
    createHash('sha256')
      .update(documents.get(path) ?? '')
      .digest('hex'),
  );
  return JSON.stringify([target, digests]);
}

function documentsOf(target: WebTarget): readonly string[] {
  if (target.kind !== 'http') return [];
  const { openapiFile, grpc } = target;
  const files = [openapiFile, grpc?.kind === 'descriptors' ? grpc.file : undefined];
  return files.filter((file) => file !== undefined);
}

function chooseDialect(
  target: WebTarget,
  parts: HttpServicesParts & Pick<Configuration, 'documents'>,
): HttpDialect {
  const { masking, targets } = parts;
  const { name } = target;
  if (target.kind === 'kubernetes') {
    return createKubernetesDialect({
      findPodLabels: askPodLabels(targets.openOwn(target)),
      findOutputMasking: () => masking.findHost(name),
    });
  }
  const routes = findRoutes(target, parts.documents);
  const { plain, kinds } = openPlainDescribers(target, {
    ...(routes !== undefined && { findRoute: (path: string) => routes.find(path) }),
    // Whoever reads of a request may see no more than somebody to whom nothing is revealed.
    hideQuery: (path, query) =>
      masking.findBodies(name)?.hideQuery(path, query, new Map()) ?? query,
  });
  const schema = findSchema(target, parts);
  const own = [
    ...(schema === undefined ? [] : [new GrpcDescriber(schema, plain)]),
    ...(target.graphql.length === 0 ? [] : [new GraphqlDescriber(target.graphql, plain)]),
  ];
  return createPlainDialect(new FormDescriber(new ServiceDescriber([...own, ...kinds], plain)));
}

/** The routes of a target's OpenAPI document; undefined where it has none that can be read. */
function findRoutes(
  { openapiFile }: HttpTarget,
  documents: Configuration['documents'],
): RouteTable | undefined {
  const document = openapiFile === undefined ? undefined : documents.get(openapiFile);
  const paths = document && readOpenapiPaths(document);
  return paths && new RouteTable(paths.templates, paths.bases);
}

/** Where the descriptors of a target's gRPC services are from; undefined where it has none. */
function findSchema(
  target: HttpTarget,
  { documents, targets, nowMs }: HttpServicesParts & Pick<Configuration, 'documents'>,
): SchemaSource | undefined {
  switch (target.grpc?.kind) {
    case undefined:
      return undefined;
    case 'descriptors':
      return schemaOfFile(documents.get(target.grpc.file));
    case 'reflection':
      return new ReflectedSchema(targets.openOwn(target), nowMs);
  }
}
