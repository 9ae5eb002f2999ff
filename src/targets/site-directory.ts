import type { HttpSettings } from '../configuration/http-settings.ts';
import { isWeb, type Target, type WebTarget } from './target.ts';

/** Where a request leads. */
export interface Site {
  readonly target: WebTarget;
  /** What of the request's path is not the target's: `/fhir`, or "". */
  readonly pathPrefix: string;
}

/**
 * Which target a request is for, by its host and path. Names that several targets have are refused when the
 * configuration is loaded.
 */
export class SiteDirectory {
  readonly #suffix: string;
  /** Where targets are told apart by their paths. */
  readonly #ownHosts: ReadonlySet<string>;
  readonly #byName = new Map<string, WebTarget>();
  readonly #byHost = new Map<string, WebTarget>();
  /** The longest prefix first. */
  readonly #byPrefix: readonly Site[];

  constructor(targets: readonly Target[], { suffix, hostNames }: HttpSettings) {
    this.#suffix = `.${suffix}`;
    this.#ownHosts = new Set([suffix, ...hostNames]);
    const sites = targets.filter(isWeb);
    for (const target of sites) {
      this.#byName.set(target.name, target);
      for (const host of target.hosts) this.#byHost.set(host, target);
    }
    this.#byPrefix = sites
      .flatMap((target) =>
        target.pathPrefix === undefined ? [] : [{ target, pathPrefix: target.pathPrefix }],
      )
      .toSorted((a, b) => b.pathPrefix.length - a.pathPrefix.length);
  }

  /**
   * @param host In lower case, without a port.
   * @param path Canonical.
   * @param boundTo Name of the listener's target, if it has one: it is all targets there.
   */
  find(host: string, path: string, boundTo?: string): Site | undefined {
    if (boundTo !== undefined) return whole(this.#byName.get(boundTo));
    if (this.#ownHosts.has(host)) {
      return this.#byPrefix.find(
        ({ pathPrefix }) => path === pathPrefix || path.startsWith(`${pathPrefix}/`),
      );
    }
    const named = this.#byHost.get(host);
    if (named !== undefined) return whole(named);
    if (!host.endsWith(this.#suffix)) return undefined;
    return whole(this.#byName.get(host.slice(0, -this.#suffix.length)));
  }
}

/** All names by which clients may reach what is reached by HTTP. */
export function listSiteNames({
  targets,
  http,
}: {
  readonly targets: readonly Target[];
  readonly http: HttpSettings;
}): readonly string[] {
  const ofTargets = targets
    .filter(isWeb)
    .flatMap(({ name, hosts }) => [`${name}.${http.suffix}`, ...hosts]);
  return [http.suffix, ...http.hostNames, ...ofTargets];
}

function whole(target: WebTarget | undefined): Site | undefined {
  return target && { target, pathPrefix: '' };
}
