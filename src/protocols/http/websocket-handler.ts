import type { HttpRequest, HttpResponse } from './exchange.ts';
import type { UpgradedExchange, UpgradeHandler } from './upgrade-handler.ts';

/** Carries WebSockets. */
export class WebSocketHandler implements UpgradeHandler {
  prepare(request: HttpRequest): HttpRequest {
    return { ...request, fields: request.fields.without('sec-websocket-extensions') };
  }

  accepts(_request: HttpRequest, { fields }: HttpResponse): boolean {
    return fields.has('sec-websocket-accept') && !fields.has('sec-websocket-extensions');
  }

  carry({ client, target }: UpgradedExchange): { close(reason: string): void } {
    const close = (): void => {
      client.destroy();
      target.destroy();
    };
    return { close };
  }
}
