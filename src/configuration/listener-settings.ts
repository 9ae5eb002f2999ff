import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type Address,
  address,
  duration,
  entityName,
  isLoopback,
  path,
  section,
} from './fields.ts';

/** TLS towards clients. */
export interface ListenerTls {
  /** `required` unless the listener is on loopback and says otherwise. */
  readonly mode: 'required' | 'optional' | 'disabled';
  /** PEM files; without them the gateway makes a certificate of its own in its data directory. */
  readonly files: { readonly certificate: string; readonly key: string } | undefined;
}

/** A place where PostgreSQL clients connect. */
export interface PostgresListener {
  readonly address: Address;
  readonly tls: ListenerTls;
  /**
   * How clients present their token: as the password, which every driver can, or by SASL OAUTHBEARER (libpq 18), whose
   * clients are told the issuer of the first provider for people.
   */
  readonly authentication: 'password' | 'oauthbearer';
  /** When set, every connection is for this target, and the client's database name is a database of it. */
  readonly target: string | undefined;
}

/** A place where SSH clients connect. */
export interface SshListener {
  readonly address: Address;
  /** When set, every connection is for this target, and the client's user is an account of it. */
  readonly target: string | undefined;
  /** Milliseconds that a client may take to sign in, which somebody may do in a browser. */
  readonly signInTimeoutMs: number;
}

/** A place where HTTP clients connect. */
export interface HttpListener {
  readonly address: Address;
  readonly tls: ListenerTls;
  /** When set, every request is for this target. */
  readonly target: string | undefined;
  /** Names of `identity.certificates` by whose certificates clients may prove who they are. */
  readonly clientAuthorities: readonly string[];
}

/** Where the control plane's API is served. */
export interface ApiListener {
  readonly address: Address;
  readonly tls: ListenerTls;
}

/** Where the other gateways on the store connect. */
export interface GatewayListener {
  readonly address: Address;
  /** Where they find it, if that is another address: that of a pod, or behind a wildcard. */
  readonly advertised: Address | undefined;
}

/** Where connectors begin tunnels. TLS is by the gateways' own authority, always. */
export interface ConnectorListener {
  readonly address: Address;
}

/** Where clients connect. */
export interface ListenerSettings {
  readonly postgres: readonly PostgresListener[];
  readonly ssh: readonly SshListener[];
  readonly http: readonly HttpListener[];
  /** Undefined: the control plane is not served. */
  readonly api: ApiListener | undefined;
  /** Undefined: other gateways are not asked for what is theirs. */
  readonly gateways: GatewayListener | undefined;
  /** Undefined: there are no connectors. */
  readonly connectors: ConnectorListener | undefined;
}

/** The section `listeners` of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function listenersSchema(root: ConfigurationRoot): z.ZodType<ListenerSettings> {
  const tls = section({
    mode: z.enum(['required', 'optional', 'disabled']).default('required'),
    certificate: path(root).optional(),
    key: path(root).optional(),
  })
    .check(({ value, issues }) => {
      if ((value.certificate === undefined) === (value.key === undefined)) return;
      const missing = value.key === undefined ? 'key' : 'certificate';
      const message = 'must be given too: a certificate and its key only work together';
      issues.push({ code: 'custom', path: [missing], message, input: undefined });
    })
    .transform(({ mode, certificate, key }) => ({
      mode,
      files: certificate === undefined || key === undefined ? undefined : { certificate, key },
    }))
    .prefault({});
  const postgres = section({
    address: address(),
    tls,
    authentication: z.enum(['password', 'oauthbearer']).default('password'),
    target: entityName().optional(),
  })
    .check(refusePlaintext)
    .transform((listener) => ({ ...listener, target: listener.target }));
  const api = section({ address: address(), tls }).check(refusePlaintext);
  const ssh = section({
    address: address(),
    target: entityName().optional(),
    signInTimeout: duration('10s', '10m').prefault('2m'),
  }).transform(({ signInTimeout, ...listener }) => ({
    ...listener,
    target: listener.target,
    signInTimeoutMs: signInTimeout,
  }));
  return section({
    postgres: z.array(postgres).default([]),
    ssh: z.array(ssh).default([]),
    http: z.array(httpSchema(tls)).default([]),
    api: api.optional(),
    gateways: section({ address: address(), advertised: address().optional() })
      .transform((listener) => ({ ...listener, advertised: listener.advertised }))
      .optional(),
    connectors: section({ address: address() }).optional(),
  })
    .check(({ value: { postgres: databases, ssh: hosts, http: sites }, issues }) => {
      if (databases.length + hosts.length + sites.length > 0) return;
      const message = 'must be given, or ssh, or http: there is nothing to serve otherwise';
      issues.push({ code: 'custom', path: ['postgres'], message, input: undefined });
    })
    .transform((listeners) => ({
      ...listeners,
      api: listeners.api,
      gateways: listeners.gateways,
      connectors: listeners.connectors,
    }));
}

function httpSchema(tls: z.ZodType<ListenerTls>): z.ZodType<HttpListener> {
  return section({
    address: address(),
    tls,
    target: entityName().optional(),
    clientAuthorities: z.array(entityName()).default([]),
  })
    .check(refusePlaintext)
    .check(({ value, issues }) => {
      if (value.tls.mode !== 'optional') return;
      const message = 'must be required or disabled: HTTP is spoken over TLS, or it is not';
      issues.push({ code: 'custom', path: ['tls', 'mode'], message, input: undefined });
    })
    .check(({ value, issues }) => {
      if (value.tls.mode === 'required' || value.clientAuthorities.length === 0) return;
      const message = 'must not be given without TLS';
      issues.push({ code: 'custom', path: ['clientAuthorities'], message, input: undefined });
    })
    .transform((listener) => ({ ...listener, target: listener.target }));
}

/** Tokens are passwords here: they never cross a network in the clear. */
function refusePlaintext(
  payload: z.core.ParsePayload<{ readonly address: Address; readonly tls: ListenerTls }>,
): void {
  const { value, issues } = payload;
  if (value.tls.mode === 'required' || isLoopback(value.address)) return;
  const message = 'must be required, unless the address is loopback (127.0.0.1, [::1], localhost)';
  issues.push({ code: 'custom', path: ['tls', 'mode'], message, input: undefined });
}
