import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

const NUMBERED = /INSERT INTO executed VALUES \((\d+)\)/g;

/** Takes what an export posts, answers each post, and remembers the numbers of the statements in it. */
export class WebhookSink implements AsyncDisposable {
  readonly #server: Server;
  readonly numbers: ReadonlySet<number>;

  private constructor(server: Server, numbers: Set<number>) {
    this.#server = server;
    this.numbers = numbers;
    server.on('request', (request, response) => void take(request, response, numbers));
  }

  static async open(): Promise<WebhookSink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookSink(server, new Set());
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The sink is closed');
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  numbers: Set<number>,
): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // Cut in the middle: it comes again.
    return;
  }
  const body = Buffer.concat(chunks).toString();
  for (const [, number] of body.matchAll(NUMBERED)) numbers.add(Number(number));
  response.writeHead(204).end();
}
