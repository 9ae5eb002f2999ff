import type { Configuration } from '../../configuration/load-configuration.ts';
import type { HttpDialect, HttpService } from '../../protocols/http/http-service.ts';
import { createKubernetesDialect } from '../../protocols/http/kubernetes/kubernetes-dialect.ts';
import { askPodLabels } from '../../protocols/http/kubernetes/pod-labels.ts';
import { PlainDescriber } from '../../protocols/http/plain-describer.ts';
import { createPlainDialect } from '../../protocols/http/plain-dialect.ts';
import { type Site, SiteDirectory } from '../../targets/site-directory.ts';
import { isWeb, type WebTarget } from '../../targets/target.ts';
import { parseAuthority } from '../../wire/http/authority.ts';
import type { Masking } from '../masking.ts';
import type { HttpTargets } from './http-targets.ts';

/** What services are made of. */
export interface HttpServicesParts {
  readonly masking: Masking;
  readonly targets: HttpTargets;
}

/** The targets that are reached by HTTP, as their clients are served. */
export class HttpServices {
  readonly #parts: HttpServicesParts;
  #sites: SiteDirectory;
  /** By target and prefix. */
  #services = new Map<WebTarget, Map<string, HttpService>>();

  constructor(configuration: Configuration, parts: HttpServicesParts) {
    this.#parts = parts;
    this.#sites = new SiteDirectory(configuration.targets, configuration.http);
  }

  /** Takes effect at the next request. Sessions on targets that have not changed go on. */
  reconfigure({ targets, http }: Configuration): void {
    this.#sites = new SiteDirectory(targets, http);
    const before = new Map(
      [...this.#services].map(([target, services]) => [JSON.stringify(target), services]),
    );
    this.#services = new Map();
    for (const target of targets.filter(isWeb)) {
      const services = before.get(JSON.stringify(target));
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
      dialect: chooseDialect(target, this.#parts),
      pathPrefix,
      pathParameters: target.kind === 'http' && target.pathParameters,
      reviewPatienceMs,
      masking: () => masking.findBodies(name),
      detectors: () => masking.findServiceDetectors(name),
      openUpstream: (session) => targets.open(target, session),
    };
  }
}

function chooseDialect(target: WebTarget, { masking, targets }: HttpServicesParts): HttpDialect {
  const { name } = target;
  if (target.kind === 'kubernetes') {
    return createKubernetesDialect({
      findPodLabels: askPodLabels(targets.openOwn(target)),
      findOutputMasking: () => masking.findHost(name),
    });
  }
  return createPlainDialect(
    new PlainDescriber({
      // Whoever reads of a request may see no more than somebody to whom nothing is revealed.
      hideQuery: (path, query) =>
        masking.findBodies(name)?.hideQuery(path, query, new Map()) ?? query,
    }),
  );
}
