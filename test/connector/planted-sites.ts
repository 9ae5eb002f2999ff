import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { issueClientCertificate } from '../http/issue-client-certificate.ts';
import { startStandIn } from '../kubernetes/stand-in/api-server.ts';
import { type PlantedSecret, plant, plantKey } from './planted-secret.ts';

/** Files with secrets, by name. */
export type Files = Readonly<Record<string, string>>;
/** Files of targets, by name. */
export type Targets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Secrets, and the targets that they are for. */
export interface Planted {
  readonly secrets: readonly PlantedSecret[];
  /** Files with them. */
  readonly files: Files;
  readonly targets: Targets;
}

/** Of the cluster, and of one whose token is not the right one. */
export const CLUSTER = 'cluster';
export const REFUSED_CLUSTER = 'cluster-refused';
/** A service whose credential nobody gives a token for. */
export const REFUSED_SITE = 'oauth-refused';

/** Services with a credential of each kind, and a cluster. */
export async function plantSites(
  started: AsyncDisposableStack,
  directory: string,
): Promise<Planted & { readonly sent: readonly string[] }> {
  const oauthToken = plant('oauth-token');
  const sent: string[] = [];
  const port = await listen(started, createServer(answerWith(oauthToken, sent)));
  const given = [
    ...['header', 'bearer', 'basic', 'query', 'oauth', 'sigv4', 'session-token'],
    CLUSTER,
  ].map(plant);
  const cluster = await plantClusters(started, directory, given.at(-1)?.text ?? '');
  const byKey = await plantClientKey(started, directory, answerWith(oauthToken, sent));
  return {
    sent,
    secrets: [...given, byKey.secret, oauthToken],
    files: { ...filesOf(given), ...byKey.files },
    targets: { ...describePlainSites(port), ...cluster, 'by-certificate': byKey.target },
  };
}

/** A service, and beside it who gives tokens, and who says of which secret it gives none. */
function answerWith({ text }: PlantedSecret, sent: string[]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/token') {
      const token = { access_token: text, token_type: 'bearer', expires_in: 600 };
      response.end(JSON.stringify(token));
    } else if (request.url === '/no-token') {
      const by = request.headers.authorization;
      response.statusCode = 401;
      const description = `There is no client that says ${by}`;
      response.end(JSON.stringify({ error: 'invalid_client', error_description: description }));
    } else {
      sent.push(`${request.url} ${request.rawHeaders.join(' ')}`);
      response.statusCode = request.url?.startsWith('/refused') === true ? 401 : 200;
      response.end(JSON.stringify({ seen: true }));
    }
  };
}

/** A cluster, reached by its token, and by another. */
async function plantClusters(
  started: AsyncDisposableStack,
  directory: string,
  token: string,
): Promise<Targets> {
  const { apiServer } = started.use(await startStandIn(token));
  const caFile = join(directory, 'cluster-ca.crt');
  await writeFile(caFile, apiServer.authorityPem);
  const target = {
    ...{ kind: 'kubernetes', address: `127.0.0.1:${apiServer.port}`, tls: { caFile } },
  };
  return {
    [CLUSTER]: { ...target, credential: { token: reference(CLUSTER) } },
    [REFUSED_CLUSTER]: { ...target, credential: { token: reference('bearer') } },
  };
}

/** A service that asks for a client certificate. */
async function plantClientKey(
  started: AsyncDisposableStack,
  directory: string,
  answer: ReturnType<typeof answerWith>,
): Promise<{
  readonly secret: PlantedSecret;
  readonly files: Files;
  readonly target: Targets[string];
}> {
  const authority = await makeCertificateAuthority('Planted authority');
  const certificate = await issueServerCertificate(authority, {
    names: [],
    addresses: ['127.0.0.1'],
  });
  const own = { cert: certificate.certificatePem, key: certificate.keyPem };
  const server = createTlsServer(
    { ...own, requestCert: true, ca: authority.certificatePem },
    answer,
  );
  const port = await listen(started, server);
  const caFile = join(directory, 'planted-ca.crt');
  await writeFile(caFile, authority.certificatePem);
  const client = await issueClientCertificate(authority, { commonName: 'door' });
  return {
    secret: plantKey('client-key', client.keyPem, decodePrivateKeyFile(client.keyPem)),
    files: { 'client-key': client.keyPem, 'client-certificate': client.certificatePem },
    target: {
      ...{ kind: 'http', address: `127.0.0.1:${port}`, credential: { none: true } },
      tls: {
        caFile,
        clientCertificate: {
          certificate: reference('client-certificate'),
          key: reference('client-key'),
        },
      },
    },
  };
}

/** A service for each kind of credential that goes into requests. */
function describePlainSites(port: number): Targets {
  const plain = { kind: 'http', address: `127.0.0.1:${port}`, tls: { mode: 'disable' } };
  const oauthBy = (path: string): object => ({
    oauth: {
      tokenUrl: `http://127.0.0.1:${port}/${path}`,
      clientId: 'door',
      clientSecret: reference('oauth'),
    },
  });
  return {
    header: { ...plain, credential: { header: { name: 'X-Key', value: reference('header') } } },
    bearer: { ...plain, credential: { bearer: reference('bearer') } },
    basic: { ...plain, credential: { basic: { user: 'door', password: reference('basic') } } },
    query: { ...plain, credential: { query: { name: 'key', value: reference('query') } } },
    oauth: { ...plain, credential: oauthBy('token') },
    [REFUSED_SITE]: { ...plain, credential: oauthBy('no-token') },
    sigv4: {
      ...plain,
      credential: {
        sigv4: {
          ...{ region: 'eu-central-1', service: 's3', accessKeyId: reference('access-key-id') },
          secretAccessKey: reference('sigv4'),
          sessionToken: reference('session-token'),
        },
      },
    },
  };
}

function reference(name: string): string {
  return `file:secrets/${name}`;
}

/** Files of secrets, by their names. */
export function filesOf(secrets: readonly PlantedSecret[]): Files {
  return {
    ...Object.fromEntries(secrets.map(({ name, text }) => [name, text])),
    // Names a key, and is none.
    'access-key-id': 'AKIAPLANTED',
  };
}

async function listen(started: AsyncDisposableStack, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}
