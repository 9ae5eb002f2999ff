import type { Configuration } from '../../configuration/load-configuration.ts';
import { fetchFromProvider } from '../../identity/provider-fetch.ts';
import { checkClock, codeOf, type Finding } from './doctor-finding.ts';

type Provider = Configuration['identity']['providers'][number];

/** An identity provider: how it is asked and, where that is known, by which clients people come. */
export type Issuer = Partial<Provider> & Pick<Provider, 'issuer'>;

/** Whether the provider says where its keys are, as a gateway would ask it, who it is, and by which clock. */
export async function checkIssuer(provider: Issuer): Promise<Finding> {
  const { issuer, caFile, jwksUri } = provider;
  const name = provider.name === undefined ? 'issuer' : `issuer ${provider.name}`;
  const url = jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const lost = 'Nobody can sign in without it.';
  try {
    const request = { method: 'GET', headers: { accept: 'application/json' } };
    const response = await fetchFromProvider(url, request, caFile);
    if (response.status !== 200) {
      const hint = `${lost} See issuer and jwksUri in the configuration.`;
      return { name, state: 'failed', message: `${url} answers ${response.status}`, hint };
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    const skew = Number.isNaN(date) ? undefined : checkClock(name, date, Date.now());
    if (skew?.state === 'failed') return skew;
    const said = await readDocument(response);
    const problem =
      jwksUri === undefined ? findMetadataProblem(said, provider) : findKeysProblem(said);
    return { name, ...(problem ?? { state: 'ok', message: `answers ${response.status}` }) };
  } catch (error) {
    return {
      name,
      state: 'failed',
      message: `${issuer} cannot be reached: ${codeOf(error)}`,
      hint: `${lost} With an authority of its own, see caFile in the configuration.`,
    };
  }
}

type JsonDocument = Readonly<Record<string, unknown>>;

/** What a provider says; nothing where that is no JSON object. */
async function readDocument(response: Response): Promise<JsonDocument> {
  const said: unknown = await response.json().catch(() => undefined);
  return Object(said) as JsonDocument;
}

const NO_PROVIDER =
  'Nobody can sign in. See what answers there: a page for people, or of a proxy, is no answer of a provider.';

function findKeysProblem({ keys }: JsonDocument): Omit<Finding, 'name'> | undefined {
  if (Array.isArray(keys)) return undefined;
  return { state: 'failed', message: 'what answers at jwksUri are no keys', hint: NO_PROVIDER };
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html section 3 */
function findMetadataProblem(
  { issuer: own, jwks_uri: keys, subject_types_supported: subjectTypes = [] }: JsonDocument,
  provider: Issuer,
): Omit<Finding, 'name'> | undefined {
  if (typeof own !== 'string' || typeof keys !== 'string') {
    const message = 'what answers does not say who it is and where its keys are';
    return { state: 'failed', message, hint: NO_PROVIDER };
  }
  if (own !== provider.issuer) {
    const hint = 'Write it so in sallyport.yaml: no token of it is accepted otherwise.';
    return { state: 'failed', message: `it calls itself ${own}`, hint };
  }
  const isPairwise = Array.isArray(subjectTypes) && subjectTypes.join() === 'pairwise';
  if (!isPairwise || !isOfSeveralClients(provider)) return undefined;
  return {
    state: 'warning',
    message:
      'names people differently for each client: who uses two of them is two persons, and may review an own request',
    hint: 'Set subjectClaim to a claim that is the same for all clients (Entra ID: oid), or personClaim.',
  };
}

/** Whether one human may come by several clients of a provider, and nothing tells that it is one. */
function isOfSeveralClients(provider: Issuer): boolean {
  const { kind, clientId, browser, audiences = [], subjectClaim = 'sub', personClaim } = provider;
  const clients = new Set([clientId, browser?.clientId, ...audiences].filter((one) => one));
  const isOneForEach = subjectClaim === 'sub' && personClaim === undefined;
  return kind === 'person' && isOneForEach && clients.size > 1;
}
