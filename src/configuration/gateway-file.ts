import { z } from 'zod';
import {
  type GrantSettings,
  grantsSchema,
  type ReviewSettings,
  reviewsSchema,
} from './access-settings.ts';
import { type AuditSettings, auditSchema } from './audit-settings.ts';
import {
  type CertificateAuthoritySettings,
  certificateAuthoritiesSchema,
} from './certificate-authority-settings.ts';
import { type ChannelSettings, channelsSchema } from './channel-settings.ts';
import { type ConfigurationRoot, rootWithoutSources } from './configuration-root.ts';
import { completeDrain, type DrainSettings, drainSchema } from './drain-settings.ts';
import { type EncryptionSettings, encryptionSchema } from './encryption-settings.ts';
import { type ExportSettings, exportsSchema } from './export-settings.ts';
import {
  duration,
  entityName,
  isLoopback,
  line,
  path,
  secretReference,
  section,
  size,
} from './fields.ts';
import { type HttpSettings, httpSchema } from './http-settings.ts';
import { type ListenerSettings, listenersSchema } from './listener-settings.ts';
import { type RecordingSettings, recordingsSchema } from './recording-settings.ts';
import { type RetentionSettings, retentionSchema } from './retention-settings.ts';
import { type SamlProviderSettings, samlProvidersSchema } from './saml-settings.ts';
import { type SecretSourceSettings, secretSourcesSchema } from './secret-source-settings.ts';
import { type SignalSettings, signalsSchema } from './signal-settings.ts';
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './signature-algorithms.ts';
import { type SshSettings, sshSchema } from './ssh-settings.ts';
import { type StorageSettings, storageSchema } from './storage-settings.ts';
import {
  type MetricsSettings,
  metricsSchema,
  type TraceSettings,
  tracesSchema,
} from './telemetry-settings.ts';

/** An issuer of tokens; `identity/identity-provider.ts` says what each field does. */
export interface IdentityProviderSettings {
  readonly name: string;
  readonly kind: 'person' | 'workload';
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly clientId: string | undefined;
  /** What `sallyport login` asks for. A scope that the provider does not know may be refused. */
  readonly scopes: readonly string[];
  readonly subjectClaim: string | undefined;
  readonly nameClaim: string | undefined;
  readonly personClaim: string | undefined;
  readonly groupsClaim: string | undefined;
  readonly groups: readonly string[];
  readonly requireClaims: Readonly<Record<string, string | readonly string[]>>;
  readonly algorithms: readonly SignatureAlgorithm[] | undefined;
  readonly caFile: string | undefined;
  readonly jwksUri: string | undefined;
  /** As which client browsers sign in to the console. */
  readonly browser: {
    /** Default: `clientId`. */
    readonly clientId: string | undefined;
    /** Reference; undefined for a public client. */
    readonly clientSecret: string | undefined;
  };
}

/** How long a sign-in to the console lasts. */
export interface BrowserSignInSettings {
  /** Milliseconds, however much it is used. */
  readonly lifetimeMs: number;
  /** Milliseconds, unused. */
  readonly idleMs: number;
}

/** Limits of the gateway. */
export interface GatewayLimits {
  /** Milliseconds from the first byte until signed in and connected. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds without a message from the client; 0 for none. A target can say otherwise. */
  readonly idleTimeoutMs: number;
  /** Connections of one gateway process. */
  readonly connectionsMax: number;
  readonly connectionsPerPrincipalMax: number;
  /** Bytes of one message of a protocol that the gateway has to hold whole. */
  readonly messageBytesMax: number;
  /** Bytes of one statement that is analysed. */
  readonly statementBytesMax: number;
  /** Pseudonyms in statements and parameters that one principal may look up in an hour, on all gateways. */
  readonly pseudonymsPerHourMax: number;
  /** Requests a second to the control plane from one address; 0 for no limit. */
  readonly apiRequestsPerSecondMax: number;
}

/** `sallyport.yaml`, as read: durations are milliseconds, sizes are bytes, paths are absolute. */
export interface GatewayFile {
  readonly gateway: {
    readonly name: string;
    readonly dataDirectory: string;
    /** Processes that share the listeners. */
    readonly workers: number;
  };
  readonly drain: DrainSettings;
  readonly listeners: ListenerSettings;
  readonly identity: {
    readonly providers: readonly IdentityProviderSettings[];
    /** For the console. */
    readonly saml: readonly SamlProviderSettings[];
    /** For clients of HTTP listeners. */
    readonly certificates: readonly CertificateAuthoritySettings[];
    /** Ids of principals that may not sign in, whatever their tokens say. */
    readonly disabled: readonly string[];
    /** Milliseconds that a token issued by the gateway lasts at most. */
    readonly tokenLifetimeMs: number;
    readonly browserSignIns: BrowserSignInSettings;
  };
  readonly store:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'postgres'; readonly url: string };
  /** Reference to the key of the encrypted local vault: 32 bytes. Undefined: there is no vault. */
  readonly vault: { readonly key: string } | undefined;
  /** Where else secrets come from, by the name that references begin with. */
  readonly secrets: ReadonlyMap<string, SecretSourceSettings>;
  readonly masking: {
    /**
     * Reference to the key that pseudonyms are made with: 32 bytes. Undefined: the gateway makes one in
     * its data directory.
     */
    readonly key: string | undefined;
    /** Part of every pseudonym: a new version gives all values new ones. */
    readonly keyVersion: number;
  };
  readonly limits: GatewayLimits;
  /** What can be asked for, by name. */
  readonly grants: readonly GrantSettings[];
  readonly reviews: ReviewSettings;
  /** Where people are told of requests outside the console. */
  readonly channels: readonly ChannelSettings[];
  /** What rules over the ledger take for unusual. */
  readonly signals: SignalSettings;
  /** Where the ledger's entries are sent as they come. */
  readonly exports: readonly ExportSettings[];
  readonly recordings: RecordingSettings;
  readonly storage: StorageSettings;
  /** Where monitoring asks. Undefined: nowhere. */
  readonly metrics: MetricsSettings | undefined;
  /** Where traces of sessions are sent. Undefined: there are none. */
  readonly traces: TraceSettings | undefined;
  readonly audit: AuditSettings;
  readonly encryption: EncryptionSettings;
  readonly retention: RetentionSettings;
  readonly ssh: SshSettings;
  readonly http: HttpSettings;
}

/** The schema of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function gatewayFileSchema(root: ConfigurationRoot): z.ZodType<GatewayFile> {
  return section({
    gateway: section({
      name: entityName().default('sallyport'),
      dataDirectory: path(root).prefault('data'),
      workers: count(1, 64).default(1),
    }).prefault({}),
    drain: drainSchema(),
    listeners: listenersSchema(root),
    identity: identitySchema(root),
    store: storeSchema(root),
    vault: section({ key: vaultKeyReference(root) }).optional(),
    secrets: secretSourcesSchema(root),
    masking: section({
      key: secretReference(root).optional(),
      keyVersion: count(1, 99).default(1),
    }).prefault({}),
    limits: limitsSchema(),
    grants: grantsSchema(),
    reviews: reviewsSchema(),
    channels: channelsSchema(root),
    exports: exportsSchema(root),
    signals: signalsSchema(),
    recordings: recordingsSchema(),
    storage: storageSchema(root),
    metrics: metricsSchema(),
    traces: tracesSchema(root),
    audit: auditSchema(),
    encryption: encryptionSchema(root),
    retention: retentionSchema(),
    ssh: sshSchema(root),
    http: httpSchema(),
  })
    .check(checkClientAuthorities)
    .check(({ value: { grants, channels, signals }, issues }) => {
      if (issues.length > 0) return;
      const known = new Set(channels.map(({ name }) => name));
      for (const [index, channel] of signals.channels.entries()) {
        if (known.has(channel)) continue;
        const message = 'must be the name of one of the channels';
        issues.push({
          code: 'custom',
          path: ['signals', 'channels', index],
          message,
          input: undefined,
        });
      }
      for (const { name, breakGlass } of grants) {
        for (const [index, channel] of (breakGlass?.alert ?? []).entries()) {
          if (known.has(channel)) continue;
          const message = 'must be the name of one of the channels';
          const at = ['grants', name, 'breakGlass', 'alert', index];
          issues.push({ code: 'custom', path: at, message, input: undefined });
        }
      }
    })
    .transform(({ vault, masking, metrics, traces, drain, ...file }) => ({
      ...file,
      drain: completeDrain(drain, file.store.kind === 'postgres'),
      vault,
      metrics,
      traces,
      masking: { key: masking.key, keyVersion: masking.keyVersion },
    }));
}

/** A listener asks for certificates of authorities that there are. */
function checkClientAuthorities({
  value: { listeners, identity },
  issues,
}: z.core.ParsePayload<Pick<GatewayFile, 'listeners' | 'identity'>>): void {
  if (issues.length > 0) return;
  const known = new Set(identity.certificates.map(({ name }) => name));
  for (const [index, { clientAuthorities }] of listeners.http.entries()) {
    for (const [place, name] of clientAuthorities.entries()) {
      if (known.has(name)) continue;
      const path = ['listeners', 'http', index, 'clientAuthorities', place];
      const message = 'must be the name of one of identity.certificates';
      issues.push({ code: 'custom', path, message, input: undefined });
    }
  }
}

function identitySchema(root: ConfigurationRoot): z.ZodType<GatewayFile['identity']> {
  return section({
    providers: z.array(providerSchema(root)).min(1),
    saml: samlProvidersSchema(root),
    certificates: certificateAuthoritiesSchema(root),
    disabled: z.array(line()).default([]),
    tokenLifetime: duration('1m', '1d').prefault('8h'),
    browserSignIns: section({
      lifetime: duration('5m', '1d').prefault('8h'),
      idle: duration('1m', '1d').prefault('30m'),
    }).prefault({}),
  })
    .check(({ value, issues }) => {
      const places = [
        ...value.providers.map(({ name }, index) => ({ name, path: ['providers', index, 'name'] })),
        ...value.saml.map(({ name }, index) => ({ name, path: ['saml', index, 'name'] })),
        ...value.certificates.map(({ name }, index) => ({
          name,
          path: ['certificates', index, 'name'],
        })),
      ];
      for (const [index, { name, path: place }] of places.entries()) {
        if (places.findIndex((other) => other.name === name) === index) continue;
        const message = 'is the name of another provider';
        issues.push({ code: 'custom', path: place, message, input: undefined });
      }
      // It would bar nobody, and nobody would be told.
      for (const [index, id] of value.disabled.entries()) {
        if (places.some(({ name }) => id.startsWith(`${name}:`))) continue;
        const message =
          'must be the id of a principal: the name of a provider, a colon, the subject';
        issues.push({ code: 'custom', path: ['disabled', index], message, input: undefined });
      }
    })
    .transform(({ tokenLifetime, browserSignIns, ...identity }) => ({
      ...identity,
      tokenLifetimeMs: tokenLifetime,
      browserSignIns: { lifetimeMs: browserSignIns.lifetime, idleMs: browserSignIns.idle },
    }));
}

function providerSchema(root: ConfigurationRoot): z.ZodType<IdentityProviderSettings> {
  return section({
    name: entityName(),
    kind: z.enum(['person', 'workload']).default('person'),
    issuer: httpsUrl(),
    audiences: z.array(line()).min(1),
    clientId: line().optional(),
    scopes: z.array(line()).min(1).default(['openid', 'profile', 'offline_access']),
    subjectClaim: line().optional(),
    nameClaim: line().optional(),
    personClaim: line().optional(),
    groupsClaim: line().optional(),
    groups: z.array(line(256)).default([]),
    requireClaims: z
      .record(
        z.string(),
        z.union([line(), z.array(line()).min(1)], 'must be text or a list of texts'),
      )
      .default({}),
    algorithms: z.array(z.enum(SIGNATURE_ALGORITHMS)).min(1).optional(),
    caFile: path(root).optional(),
    jwksUri: httpsUrl().optional(),
    browser: section({
      clientId: line().optional(),
      clientSecret: secretReference(root).optional(),
    })
      .prefault({})
      .transform(({ clientId, clientSecret }) => ({ clientId, clientSecret })),
  }).transform((settings) => ({
    ...settings,
    clientId: settings.clientId,
    subjectClaim: settings.subjectClaim,
    nameClaim: settings.nameClaim,
    personClaim: settings.personClaim,
    groupsClaim: settings.groupsClaim,
    algorithms: settings.algorithms,
    caFile: settings.caFile,
    jwksUri: settings.jwksUri,
  }));
}

function storeSchema(root: ConfigurationRoot): z.ZodType<GatewayFile['store']> {
  return z
    .discriminatedUnion(
      'kind',
      [
        section({ kind: z.literal('embedded') }),
        section({ kind: z.literal('postgres'), url: secretReference(root) }),
      ],
      'must be one of embedded, postgres',
    )
    .prefault({ kind: 'embedded' });
}

function limitsSchema(): z.ZodType<GatewayLimits> {
  return section({
    handshakeTimeout: duration('1s', '2m').prefault('10s'),
    idleTimeout: duration('0s', '30d').prefault('1h'),
    connectionsMax: count(1, 100_000).default(9_000),
    connectionsPerPrincipalMax: count(1, 100_000).default(1_000),
    messageSizeMax: size('64KiB', '1GiB').prefault('64MiB'),
    statementSizeMax: size('1KiB', '16MiB').prefault('64KiB'),
    pseudonymsPerHourMax: count(0, 1_000_000_000).default(10_000),
    apiRequestsPerSecondMax: count(0, 1_000_000).default(100),
  })
    .transform((limits) => ({
      handshakeTimeoutMs: limits.handshakeTimeout,
      idleTimeoutMs: limits.idleTimeout,
      connectionsMax: limits.connectionsMax,
      connectionsPerPrincipalMax: limits.connectionsPerPrincipalMax,
      messageBytesMax: limits.messageSizeMax,
      statementBytesMax: limits.statementSizeMax,
      pseudonymsPerHourMax: limits.pseudonymsPerHourMax,
      apiRequestsPerSecondMax: limits.apiRequestsPerSecondMax,
    }))
    .prefault({});
}

/** The vault's key cannot be in the vault, nor in a source that may have its own secrets there. */
function vaultKeyReference(root: ConfigurationRoot): z.ZodType<string> {
  return secretReference({ ...root, ...rootWithoutSources(root.directory) }).refine(
    (reference) => !reference.startsWith('vault:'),
    {
      message: 'must be env:NAME or file:path: the key cannot be in the vault that it opens',
    },
  );
}

function httpsUrl(): z.ZodType<string> {
  return z.string().refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const url = new URL(text);
      if (url.username !== '' || url.password !== '' || url.hash !== '') return false;
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      return (
        url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback({ host, port: 0 }))
      );
    },
    { message: 'must be an https URL without user, password or fragment (http only on loopback)' },
  );
}

function count(minimum: number, maximum: number): z.ZodInt {
  return z.int().min(minimum).max(maximum);
}
