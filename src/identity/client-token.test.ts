import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { describe, it } from 'node:test';
import Provider from 'oidc-provider';
import { type ClientTokenRequest, requestClientToken } from './client-token.ts';

const SECRET = 'correct horse/battery=staple';

interface Endpoint extends AsyncDisposable {
  readonly url: string;
}

async function serve(makeListener: (url: string) => RequestListener): Promise<Endpoint> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const url = `http://127.0.0.1:${address.port}`;
  server.on('request', makeListener(url));
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An authorization server that knows one client. */
function startProvider(): Promise<Endpoint> {
  return serve((url) => {
    const provider = new Provider(url, {
      clients: [
        {
          client_id: 'gateway',
          client_secret: SECRET,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      scopes: ['fhir.read'],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: 120 },
    });
    const answer = provider.callback();
    return (request, response) => void answer(request, response);
  });
}

function requestOf(url: string, changes: Partial<ClientTokenRequest> = {}): ClientTokenRequest {
  const tokenUrl = `${url}/token`;
  return { tokenUrl, clientId: 'gateway', clientSecret: SECRET, scope: undefined, ...changes };
}

/** A server that answers every request with the same JSON. */
function startLiar(answer: unknown): Promise<Endpoint> {
  return serve(() => (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
}

describe('requestClientToken', () => {
  it('gets a token, and says how long it lasts', async () => {
    await using provider = await startProvider();
    const token = await requestClientToken(requestOf(provider.url, { scope: 'fhir.read' }));
    assert.match(token.accessToken, /^[\w-]{20,}$/);
    assert.equal(token.lifetimeMs, 120_000);
  });

  it('gets none with a wrong secret', async () => {
    await using provider = await startProvider();
    await assert.rejects(requestClientToken(requestOf(provider.url, { clientSecret: 'wrong' })));
  });

  it('takes no token of another type', async () => {
    await using server = await startLiar({ access_token: 'x', token_type: 'mac' });
    await assert.rejects(requestClientToken(requestOf(server.url)));
  });

  it('does not believe for long what the server says nothing of', async () => {
    await using server = await startLiar({ access_token: 'x', token_type: 'bearer' });
    assert.equal((await requestClientToken(requestOf(server.url))).lifetimeMs, 300_000);
  });

  it('asks nobody in the clear but this machine', async () => {
    await assert.rejects(requestClientToken(requestOf('http://192.0.2.1')));
  });
});
