import { formatProblem } from './encode-problem.ts';
import type { RequestDescriber } from './http-operation.ts';
import type { HttpDialect } from './http-service.ts';
import { WebSocketHandler } from './websocket/websocket-handler.ts';

/** Services of which nothing is known but that they speak HTTP, and WebSocket. */
export function createPlainDialect(describer: RequestDescriber): HttpDialect {
  const webSocket = new WebSocketHandler();
  return {
    describer,
    findUpgradeHandler: ({ upgrade }) => (upgrade === 'websocket' ? webSocket : undefined),
    encodeProblem: (problem) => ({
      contentType: 'application/problem+json',
      body: formatProblem(problem),
    }),
  };
}
