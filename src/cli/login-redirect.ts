import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const HEADERS_TIMEOUT_MS = 10_000;

/** The redirect that ends a sign-in in the browser, while the browser waits for an answer. */
export interface Redirect {
  readonly url: URL;
  /** Shows the person how it ended. */
  answer(outcome: 'signed-in' | 'failed'): void;
}

/**
 * Listens on a free port of 127.0.0.1 for the one redirect of a sign-in (RFC 8252 section 7.3).
 *
 * Requests that do not carry our `state` are turned away and change nothing: any page in the
 * browser can send one.
 */
export class RedirectListener implements AsyncDisposable {
  readonly redirectUri: string;
  readonly redirect: Promise<Redirect>;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, state: string) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.redirectUri = `http://127.0.0.1:${port}/callback`;
    this.redirect = new Promise((resolve) => {
      let done = false;
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const url = readUrl(request, this.redirectUri);
        if (done || url === undefined || url.searchParams.get('state') !== state) {
          respond(response, 404, 'Nothing here', 'This is not the end of a sign-in.');
          return;
        }
        done = true;
        resolve({ url, answer: (outcome) => answer(response, outcome) });
      });
    });
  }

  static async start(state: string): Promise<RedirectListener> {
    const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: 32 * 1024 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RedirectListener(server, state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeIdleConnections();
    // The browser may keep its connection open; the last page has been handed to the kernel.
    setImmediate(() => this.#server.closeAllConnections());
    await once(this.#server, 'close');
  }
}

function readUrl(request: IncomingMessage, redirectUri: string): URL | undefined {
  const expected = new URL(redirectUri);
  // A page elsewhere can point its own host name at 127.0.0.1 (DNS rebinding).
  if (request.method !== 'GET' || request.headers.host !== expected.host) return undefined;
  const target = request.url ?? '';
  if (!target.startsWith('/')) return undefined;
  const url = URL.parse(expected.origin + target);
  return url?.pathname === expected.pathname ? url : undefined;
}

function answer(response: ServerResponse, outcome: 'signed-in' | 'failed'): void {
  switch (outcome) {
    case 'signed-in':
      respond(response, 200, 'Signed in', 'You can close this page and go back to your terminal.');
      return;
    case 'failed':
      respond(response, 400, 'Not signed in', 'Your terminal says why.');
  }
}

function respond(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-store',
    // The address of this page holds the code.
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`<!doctype html><title>${title}</title><h1>${title}</h1><p>${text}</p>\n`);
}
