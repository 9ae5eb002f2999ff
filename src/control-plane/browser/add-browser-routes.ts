import type { FastifyReply, FastifyRequest } from 'fastify';
import { plainAddress } from '../../identity/client-address.ts';
import { SITE_SIGN_IN_PATH } from '../../identity/site-sign-ins.ts';
import { logApiRequest } from '../../telemetry/events.ts';
import type { ControlPlaneServices } from '../services.ts';
import { answerText, type BrowserAnswer, formatPage } from './browser-answer.ts';
import { serveConsole } from './serve-console.ts';
import {
  ACS_PATH,
  type BrowserCall,
  beginSignIn,
  CALLBACK_PATH,
  describeSaml,
  finishOidc,
  finishSaml,
  METADATA_PATH,
} from './sign-in-routes.ts';
import { signInToSite } from './site-sign-in.ts';

/** Bytes of a SAML provider's answer, with many groups in it. */
const SAML_BYTES_MAX = 768 * 1024;

type Request = Pick<FastifyRequest, 'raw' | 'body' | 'ip'>;
type Reply = Pick<FastifyReply, 'statusCode' | 'code' | 'header' | 'headers' | 'send'> & {
  readonly raw: Pick<FastifyReply['raw'], 'once'>;
};

/** What of a server is used here, whatever it listens on. */
interface Server {
  route(options: {
    readonly method: 'GET' | 'POST';
    readonly url: string;
    readonly bodyLimit?: number;
    readonly handler: (request: Request, reply: Reply) => Promise<Reply>;
  }): unknown;
}

type Serve = (
  services: ControlPlaneServices,
  call: BrowserCall,
) => BrowserAnswer | Promise<BrowserAnswer>;

/**
 * Pages and redirects for browsers, beside the contract. All of them are for whoever is not signed in:
 * none shows anything of anybody.
 */
export const BROWSER_ROUTES: readonly {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly serve: Serve;
}[] = [
  { method: 'GET', path: '/sign-in', serve: beginSignIn },
  { method: 'GET', path: CALLBACK_PATH, serve: finishOidc },
  { method: 'GET', path: METADATA_PATH, serve: describeSaml },
  { method: 'POST', path: ACS_PATH, serve: finishSaml },
  { method: 'GET', path: SITE_SIGN_IN_PATH, serve: signInToSite },
];

/** Serves sign-in in browsers. */
export function addBrowserRoutes(server: Server, services: ControlPlaneServices): void {
  for (const { method, path, serve } of BROWSER_ROUTES) {
    server.route({
      method,
      url: path,
      bodyLimit: SAML_BYTES_MAX,
      handler: async (request, reply) => {
        const startedMs = services.nowMs();
        const call = readBrowserCall(request, reply);
        const waitSeconds = services.limits.takeSignIn(call.clientAddress);
        sendBrowserAnswer(
          reply,
          waitSeconds === undefined ? await serve(services, call) : answerTooMany(waitSeconds),
        );
        logApiRequest(services.log, {
          method,
          route: path,
          status: reply.statusCode,
          durationMs: services.nowMs() - startedMs,
        });
        return reply;
      },
    });
  }
}

/** Sends a page or a file of the console. False when the path is none of it. */
export function sendConsole(
  { console: files }: ControlPlaneServices,
  { raw }: Pick<Request, 'raw'>,
  reply: Reply,
): boolean {
  if (raw.method !== 'GET') return false;
  const [path = ''] = (raw.url ?? '').split('?', 1);
  const acceptsGzip = /\bgzip\b/.test(String(raw.headers['accept-encoding'] ?? ''));
  const answer = serveConsole(files, path, acceptsGzip);
  if (answer === undefined) return false;
  reply.code(answer.status).headers(answer.headers).send(answer.body);
  return true;
}

function readBrowserCall({ raw, body, ip }: Request, reply: Reply): BrowserCall {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const target = raw.url ?? '/';
  const query = target.indexOf('?');
  return {
    target,
    query: new URLSearchParams(query === -1 ? '' : target.slice(query)),
    form: body instanceof URLSearchParams ? body : new URLSearchParams(),
    cookie: raw.headersDistinct['cookie'] ?? [],
    host: raw.headersDistinct['host'] ?? [],
    userAgent: raw.headers['user-agent'] ?? '',
    clientAddress: plainAddress(ip),
    signal: gone.signal,
  };
}

function answerTooMany(retryAfterSeconds: number): BrowserAnswer {
  const text = `Too many sign-ins from here. Try again in ${retryAfterSeconds} s.`;
  return { ...answerText(429, text), retryAfterSeconds };
}

function sendBrowserAnswer(reply: Reply, answer: BrowserAnswer): void {
  switch (answer.kind) {
    case 'redirect':
      // See other: what was posted is not posted again.
      reply.code(303).header('location', answer.location).header('set-cookie', answer.cookies);
      reply.send('');
      return;
    case 'text':
      reply.code(answer.status).header('content-type', 'text/plain; charset=utf-8');
      if (answer.cookies.length > 0) reply.header('set-cookie', answer.cookies);
      if (answer.retryAfterSeconds !== undefined) {
        reply.header('retry-after', answer.retryAfterSeconds);
      }
      reply.send(answer.text);
      return;
    case 'xml':
      reply.code(200).header('content-type', 'application/samlmetadata+xml; charset=utf-8');
      reply.send(answer.text);
      return;
    case 'page':
      reply.code(200).header('content-type', 'text/html; charset=utf-8').send(formatPage(answer));
      return;
  }
}
