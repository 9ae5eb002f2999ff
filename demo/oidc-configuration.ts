import { randomBytes } from 'node:crypto';
import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { formatPrivateJwk, type SigningKey } from './oidc-keys.ts';
import type { OidcMemory } from './oidc-memory-adapter.ts';
import { formatCodePage, formatConfirmPage, formatNotice } from './oidc-pages.ts';
import type { DemoPerson, DemoWorkload } from './oidc-people.ts';

/** The public client that `sallyport login` is at the demo provider. */
export const CLI_CLIENT_ID = 'sallyport-cli';
/** The public client that the console is at the demo provider. */
export const CONSOLE_CLIENT_ID = 'sallyport-console';
/** `aud` of people's access tokens; their ID tokens carry {@link CLI_CLIENT_ID}. */
export const PEOPLE_AUDIENCE = 'sallyport';
/** `aud` of workloads' access tokens: other than people's, so that neither passes for the other. */
export const WORKLOAD_AUDIENCE = 'sallyport-workloads';

const RESOURCE = 'urn:sallyport:gateway';
/** What `sallyport login` asks the demo provider for. */
export const SIGN_IN_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'email',
  'groups',
  'offline_access',
];
const SCOPES = SIGN_IN_SCOPES.join(' ');
const COOKIE_KEYS = [randomBytes(32).toString('base64url')];

/** What the provider is made of. */
export interface OidcParts {
  readonly people: readonly DemoPerson[];
  readonly workloads: readonly DemoWorkload[];
  readonly memory: OidcMemory;
  /** The first one signs; all are published. */
  readonly keys: readonly SigningKey[];
  readonly tokenLifetimeSeconds: number;
  /** Where people sign in to a console: origins, such as `https://127.0.0.1:6443`. */
  readonly consoleOrigins: readonly string[];
}

/** Configures oidc-provider so that everyone listed may do everything, by a click. */
export function configureOidcProvider(parts: OidcParts): Configuration {
  const { people, workloads, memory, keys, tokenLifetimeSeconds } = parts;
  const policy = interactionPolicy.base();
  // Consent is for users of strangers' programs; there are none here.
  policy.remove('consent');
  return {
    adapter: (model) => memory.adapter(model),
    jwks: { keys: keys.map((key) => formatPrivateJwk(key) as never) },
    cookies: { keys: COOKIE_KEYS },
    clients: [
      cliClient(),
      ...consoleClients(parts.consoleOrigins),
      ...workloads.map(workloadClient),
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: [...SIGN_IN_SCOPES],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, subject) => findAccount(people, subject),
    loadExistingGrant: grantEverything,
    extraTokenClaims: (_, token) => findTokenClaims(parts, token),
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    renderError: (context, { error, error_description: description }) => {
      context.type = 'html';
      context.body = formatNotice('This did not work', `${error}: ${description ?? ''}`);
    },
    ttl: {
      AccessToken: tokenLifetimeSeconds,
      ClientCredentials: tokenLifetimeSeconds,
      IdToken: tokenLifetimeSeconds,
      DeviceCode: 600,
      Grant: 86_400,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    features: configureFeatures(parts),
  };
}

function configureFeatures(parts: OidcParts): NonNullable<Configuration['features']> {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    revocation: {
      enabled: true,
      allowedPolicy: async (_, client, token) => token.clientId === client.clientId,
    },
    rpInitiatedLogout: { enabled: false },
    // Access tokens are for the gateway; with this endpoint they would be for the provider.
    userinfo: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: async (context, form, _out, error) => {
        const problem = error === undefined ? undefined : 'That code is not known. Try again.';
        context.body = formatCodePage(form, problem);
      },
      // oxlint-disable-next-line max-params -- the library calls it so
      userCodeConfirmSource: async (context, form, _client, _device, userCode) => {
        context.body = formatConfirmPage(form, userCode);
      },
      successSource: async (context) => {
        context.body = formatNotice('Signed in', 'Go back to your terminal.');
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => RESOURCE,
      getResourceServerInfo: async (_, resource, client) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        const isWorkload = parts.workloads.some(({ clientId }) => clientId === client.clientId);
        return {
          scope: SCOPES,
          audience: isWorkload ? WORKLOAD_AUDIENCE : PEOPLE_AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: parts.tokenLifetimeSeconds,
          jwt: { sign: { alg: 'ES256' } },
        };
      },
      useGrantedResource: async () => true,
    },
  };
}

function cliClient(): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: CLI_CLIENT_ID,
    client_name: 'Sallyport command line',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    // Any port: RFC 8252 section 7.3.
    redirect_uris: ['http://127.0.0.1/callback'],
    response_types: ['code'],
    grant_types: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
  };
}

/** Of an address that is not known before the gateway listens: none until then. */
function consoleClients(origins: readonly string[]): NonNullable<Configuration['clients']> {
  if (origins.length === 0) return [];
  return [
    {
      client_id: CONSOLE_CLIENT_ID,
      client_name: 'Sallyport console',
      application_type: 'web',
      token_endpoint_auth_method: 'none',
      redirect_uris: origins.map((origin) => `${origin}/sign-in/callback`),
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ];
}

function workloadClient(workload: DemoWorkload): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: workload.clientId,
    client_secret: workload.clientSecret,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
  };
}

async function findAccount(
  people: readonly DemoPerson[],
  subject: string,
): Promise<{ accountId: string; claims(): Promise<{ sub: string }> } | undefined> {
  const person = people.find((one) => one.subject === subject);
  if (person === undefined) return undefined;
  return { accountId: subject, claims: async () => ({ sub: subject, ...personClaims(person) }) };
}

/** Claims of a person's tokens beside those every token has. */
export function personClaims(person: DemoPerson): Record<string, unknown> {
  return {
    name: person.name,
    preferred_username: person.subject,
    email: person.email,
    email_verified: true,
    groups: person.groups,
  };
}

function findTokenClaims(
  { people, workloads }: OidcParts,
  token: { readonly kind: string; readonly clientId?: string | undefined },
): Record<string, unknown> | undefined {
  if (token.kind === 'AccessToken' && 'accountId' in token) {
    const person = people.find(({ subject }) => subject === token.accountId);
    return person === undefined ? undefined : personClaims(person);
  }
  const workload = workloads.find(({ clientId }) => clientId === token.clientId);
  return workload === undefined ? undefined : { ...workload.claims };
}

async function grantEverything(
  context: KoaContextWithOIDC,
): Promise<InstanceType<KoaContextWithOIDC['oidc']['provider']['Grant']> | undefined> {
  const { client, session, provider } = context.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const existing = session.grantIdFor(client.clientId);
  if (existing !== undefined) return provider.Grant.find(existing);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  grant.addResourceScope(RESOURCE, SCOPES);
  await grant.save();
  return grant;
}
