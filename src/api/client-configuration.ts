import { z } from 'zod';

/** What a client must know before it can sign in. Public: it holds no secret. */
export interface ClientConfiguration {
  /** Version of this contract's answers. */
  readonly version: 1;
  /** Where people get their tokens. Absent when no provider for people is configured. */
  readonly signIn?: SignInConfiguration | undefined;
  /** Ways to sign in to the console, in the order to show them. */
  readonly browserSignIns: readonly BrowserSignIn[];
  /** Absent where the gateway takes no clients of PostgreSQL. */
  readonly postgres?: PostgresConfiguration | undefined;
  /** Absent where the gateway takes no SSH. */
  readonly ssh?: SshConfiguration | undefined;
  readonly tls: {
    /** Certificate authorities that signed the gateway's certificates, PEM; the system's when absent. */
    readonly ca?: string | undefined;
    /** Hex SHA-256 of the DER of the first certificate authority, for people to compare. */
    readonly caSha256?: string | undefined;
  };
}

/** How clients of PostgreSQL reach the gateway. */
export interface PostgresConfiguration {
  readonly host: string;
  readonly port: number;
  /** Whether one target is all that is reached there: what clients name is one of its databases then. */
  readonly hasOneTarget?: boolean | undefined;
}

/** How clients of SSH reach the gateway, and know it again. */
export interface SshConfiguration {
  readonly host: string;
  readonly port: number;
  /** Targets are written `<target>.<suffix>`. */
  readonly suffix: string;
  /** Signs the certificates of the gateway's hosts: type and base64, as in `known_hosts`. */
  readonly hostAuthority: string;
}

export interface SignInConfiguration {
  /** OIDC issuer. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Certificate authorities of the issuer, PEM; the system's when absent. */
  readonly ca?: string | undefined;
}

/** A link that starts a sign-in. */
export interface BrowserSignIn {
  /** The provider's name. */
  readonly name: string;
  readonly kind: 'oidc' | 'saml';
  /** On this server. */
  readonly path: string;
}

/** A name or an address: what stands in files of OpenSSH must not add a word or a line to them. */
const HOST = /^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$/;

/** Checks a {@link ClientConfiguration}; unknown fields are dropped. */
export const clientConfigurationSchema: z.ZodType<ClientConfiguration> = z
  .object({
    version: z.literal(1),
    signIn: z
      .object({
        issuer: z.url(),
        clientId: z.string().min(1),
        scopes: z.array(z.string().min(1)),
        ca: z.string().optional(),
      })
      .optional(),
    browserSignIns: z
      .array(z.object({ name: z.string(), kind: z.enum(['oidc', 'saml']), path: z.string() }))
      // A gateway of an older version has none.
      .default([]),
    postgres: z
      .object({
        host: z.string().min(1),
        port: z.int().min(1).max(65_535),
        hasOneTarget: z.boolean().optional(),
      })
      .optional(),
    ssh: z
      .object({
        host: z.string().regex(HOST),
        port: z.int().min(1).max(65_535),
        suffix: z.string().regex(HOST),
        hostAuthority: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]+={0,2}$/),
      })
      .optional(),
    tls: z.object({
      ca: z.string().optional(),
      caSha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
  })
  .meta({ id: 'ClientConfiguration' });
