import type { Explanation } from '../api/explanation.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { explainRequest } from '../control-plane/explain-request.ts';
import type { ExplainQuestion } from '../control-plane/services.ts';
import { HttpServices } from '../gateway/http/http-services.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import { isWeb } from '../targets/target.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import { HttpTargets } from '../upstream/http/http-targets.ts';
import type { ExplainerParts } from './open-explainer.ts';
import { openMasking } from './open-masking.ts';

/** A question about a request. */
export type RequestQuestion = Extract<ExplainQuestion, { readonly request: unknown }>;

/** Says what would become of a request; undefined for a target that none are sent to. */
export type ExplainRequestTo = (question: RequestQuestion) => Promise<Explanation | undefined>;

/** What targets are served with, beside those who serve them, for as long as a configuration is in force. */
interface Serving {
  readonly configuration: Configuration;
  readonly services: HttpServices;
  readonly targets: HttpTargets;
}

/**
 * Explains requests as the exchanges of this process would meet them. Pseudonyms are looked up under its own key, for they tell
 * what a request asks by; nothing that is masked is ever shown here.
 *
 * @param loadParser Of SQL; what masks is made with it.
 */
export function openRequestExplainer(
  parts: ExplainerParts,
  loadParser: () => Promise<SqlParser>,
): ExplainRequestTo {
  let serving: Serving | undefined;
  parts.signal.addEventListener('abort', () => serving?.targets.close(), { once: true });
  const findServing = (parser: SqlParser): Serving => {
    const configuration = parts.configuration();
    if (serving?.configuration === configuration) return serving;
    serving?.targets.close();
    serving = openServing(parts, configuration, parser);
    return serving;
  };
  return async ({ principal, target: name, request }) => {
    const parser = await loadParser();
    const { services, configuration } = findServing(parser);
    const target = configuration.targets.filter(isWeb).find((one) => one.name === name);
    if (target === undefined) return undefined;
    const ownHost = target.hosts[0] ?? `${name}.${configuration.http.suffix}`;
    const findService = (authority: string | undefined, path: string) => {
      const service = services.find(
        authority ?? ownHost,
        path,
        authority === undefined ? name : undefined,
      );
      return service?.name === name ? service : undefined;
    };
    const grants = parts.findGrants(principal.id, name);
    const question = { principal, grants, target, request };
    return explainRequest({ policies: parts.policies, findService, ownHost }, question);
  };
}

function openServing(
  { services: opened, ways, log }: ExplainerParts,
  configuration: Configuration,
  parser: SqlParser,
): Serving {
  const web = { ...configuration, targets: configuration.targets.filter(isWeb) };
  const targets = new HttpTargets({
    ways,
    resolveSecret: opened.resolveSecret,
    // They are asked as the gateway itself, never for anybody.
    signIdentity: () => Promise.reject(new Error('Cannot sign who asks: nobody does')),
    connectTimeoutMs: configuration.limits.handshakeTimeoutMs,
    onUnexpectedError: (error) => logUnexpectedError(log, 'explain', error),
    nowMs: Date.now,
  });
  const masking = openMasking(web, opened, { parser, log });
  const services = new HttpServices(web, { masking, targets, nowMs: Date.now });
  return { configuration, services, targets };
}
