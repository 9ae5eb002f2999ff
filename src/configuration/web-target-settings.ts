import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { duration, line, secretReference, section } from './fields.ts';
import { hostName } from './host-name.ts';
import type { SecretReference, TargetDefaults, TargetSettings } from './target-settings.ts';
import { type UpstreamTls, upstreamTlsShape } from './upstream-tls.ts';

/** A certificate and its private key, both PEM. */
export interface ClientCertificate {
  readonly certificate: SecretReference;
  readonly key: SecretReference;
}

/** TLS towards a target that is reached by HTTP. */
export interface WebUpstreamTls extends UpstreamTls {
  /** What the gateway proves itself by, if the target asks. */
  readonly clientCertificate?: ClientCertificate;
}

/** What the file of every target says that is reached by HTTP. */
export interface WebTargetSettings extends TargetSettings {
  readonly tls: WebUpstreamTls;
  /** Names by which clients reach it, beside `<name>.<http.suffix>`; in lower case, without ports. */
  readonly hosts: readonly string[];
  /** Begins the paths that lead to it at the gateway's own names, where they are cut off: `/fhir`. */
  readonly pathPrefix?: string;
  /** What the target is spoken to in; `auto`: HTTP/2 where it offers that by ALPN. */
  readonly httpVersion: 'auto' | '1.1' | '2';
  /** Milliseconds that a client waits for a review before it is told where to ask. */
  readonly reviewPatienceMs: number;
}

/** The schema of {@link WebTargetSettings} beyond that of `TargetSettings`. */
export interface WebTargetShape {
  readonly tls: z.ZodType<WebUpstreamTls>;
  readonly hosts: z.ZodType<readonly string[]>;
  readonly pathPrefix: z.ZodExactOptional<z.ZodType<string>>;
  readonly httpVersion: z.ZodType<WebTargetSettings['httpVersion']>;
  /** Becomes `reviewPatienceMs`. */
  readonly reviewPatience: z.ZodType<number>;
}

const HOSTS_MAX = 50;

/** What the gateway answers itself at every host, and no target is asked for. */
export const OWN_PATH_PREFIX = '/.sallyport';

/** The fields of a target's file that are the same for everything that is reached by HTTP. */
export function webTargetSettings({ root }: TargetDefaults): WebTargetShape {
  return {
    tls: section({
      ...upstreamTlsShape(root),
      clientCertificate: clientCertificate(root).exactOptional(),
    })
      .check(({ value, issues }) => {
        if (value.mode !== 'disable' || value.clientCertificate === undefined) return;
        const message = 'must not be given without TLS';
        issues.push({ code: 'custom', path: ['clientCertificate'], message, input: undefined });
      })
      .prefault({}),
    hosts: z.array(hostName()).max(HOSTS_MAX).default([]),
    pathPrefix: webPath()
      .refine((prefix) => prefix !== OWN_PATH_PREFIX, { message: "must not be the gateway's own" })
      .exactOptional(),
    httpVersion: z.enum(['auto', '1.1', '2']).default('auto'),
    reviewPatience: duration('0s', '10m').prefault('30s'),
  };
}

/** The schema of a client's certificate with its key. */
export function clientCertificate(root: ConfigurationRoot): z.ZodType<ClientCertificate> {
  const reference = secretReference(root);
  return section({ certificate: reference, key: reference });
}

/** Unreserved characters, so that it has one spelling alone. */
const WEB_PATH = /^(?:\/[A-Za-z0-9_~.-]*[A-Za-z0-9_~-])+$/;

/** A path of whole segments, without a slash at its end. */
export function webPath(): z.ZodType<string> {
  return line(200).refine((text) => WEB_PATH.test(text), {
    message: 'must be a path without a slash at its end, such as /fhir',
  });
}
