import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';

/** A client of a gateway's API in tests: a browser that keeps cookies, or a program with a token. */
export class ApiClient {
  readonly #url: string;
  readonly #ca: string;
  readonly #token: string | undefined;
  readonly #cookies = new Map<string, string>();
  #csrfToken: string | undefined;

  /** @param token Undefined for a browser. */
  constructor(url: string, ca: string, token?: string) {
    this.#url = url;
    this.#ca = ca;
    this.#token = token;
  }

  /** The header that proves a page of ours, learnt from `/v1/whoami`. */
  set csrfToken(token: string) {
    this.#csrfToken = token;
  }

  async get<Body = unknown>(path: string): Promise<ApiAnswer<Body>> {
    return readAnswer(await this.open('GET', path));
  }

  async post<Body = unknown>(path: string, json?: unknown): Promise<ApiAnswer<Body>> {
    return readAnswer(await this.open('POST', path, json));
  }

  async postForm<Body = unknown>(
    path: string,
    form: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer<Body>> {
    return readAnswer(await this.open('POST', path, new URLSearchParams(form)));
  }

  /** The answer before its body, for those that last. @param body A form, or JSON. */
  async open(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    const outgoing = request(new URL(path, this.#url), { method, ca: this.#ca, agent: false });
    if (this.#token !== undefined) outgoing.setHeader('authorization', `Bearer ${this.#token}`);
    else if (this.#cookies.size > 0) {
      outgoing.setHeader('cookie', [...this.#cookies].map((pair) => pair.join('=')).join('; '));
      outgoing.setHeader('origin', this.#url);
      if (this.#csrfToken !== undefined) outgoing.setHeader('sallyport-csrf', this.#csrfToken);
    }
    if (body instanceof URLSearchParams) {
      outgoing.setHeader('content-type', 'application/x-www-form-urlencoded');
      outgoing.end(body.toString());
    } else {
      if (body !== undefined) outgoing.setHeader('content-type', 'application/json');
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    }
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    for (const line of incoming.headers['set-cookie'] ?? []) {
      const [name = '', ...value] = (line.split(';')[0] ?? '').split('=');
      if (value.join('=') === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value.join('='));
    }
    return incoming;
  }
}

export interface ApiAnswer<Body> {
  readonly status: number;
  /** Parsed if it is JSON, else its text. */
  readonly body: Body;
  readonly location: string;
}

async function readAnswer<Body>(incoming: IncomingMessage): Promise<ApiAnswer<Body>> {
  incoming.setEncoding('utf8');
  let text = '';
  for await (const chunk of incoming as AsyncIterable<string>) text += chunk;
  const isJson = /json/.test(incoming.headers['content-type'] ?? '') && text !== '';
  return {
    status: incoming.statusCode ?? 0,
    body: (isJson && !/ndjson/.test(incoming.headers['content-type'] ?? '')
      ? JSON.parse(text)
      : text) as Body,
    location: incoming.headers.location ?? '',
  };
}
