import type { HostMasking } from '../../../masking/host-masking.ts';
import type { HttpDialect } from '../http-service.ts';
import type { UpgradeHandler } from '../upgrade-handler.ts';
import { encodeStatus } from './encode-status.ts';
import { KubernetesDescriber } from './kubernetes-describer.ts';
import type { FindPodLabels } from './pod-labels.ts';
import { namesResource, readResourceRequest } from './resource-request.ts';
import { SpdyCommandHandler, WebSocketCommandHandler } from './streams/command-handler.ts';
import { PortForwardHandler } from './streams/port-forward-handler.ts';

export interface KubernetesDialectParts {
  readonly findPodLabels: FindPodLabels;
  /** What commands and terminals show is looked through with, at present; undefined where that passes. */
  readonly findOutputMasking: () => HostMasking | undefined;
}

/** The API server of a cluster. */
export function createKubernetesDialect(parts: KubernetesDialectParts): HttpDialect {
  const handlers = openHandlers(parts);
  return {
    describer: new KubernetesDescriber(parts.findPodLabels),
    findUpgradeHandler({ method, path, query, upgrade }) {
      const asked = readResourceRequest(method, path, new URLSearchParams(query));
      if (upgrade === undefined || !namesResource(asked) || asked.resource !== 'pods') {
        return undefined;
      }
      return handlers.get(`${asked.subresource} ${upgrade}`);
    },
    encodeProblem: encodeStatus,
  };
}

/** By subresource and upgrade. What another API server behind this one would speak, nobody can follow. */
function openHandlers(parts: KubernetesDialectParts): ReadonlyMap<string, UpgradeHandler> {
  const overWebSocket = new WebSocketCommandHandler(parts);
  const overSpdy = new SpdyCommandHandler(parts);
  return new Map<string, UpgradeHandler>([
    ['exec websocket', overWebSocket],
    ['attach websocket', overWebSocket],
    ['exec spdy/3.1', overSpdy],
    ['attach spdy/3.1', overSpdy],
    ['portforward websocket', new PortForwardHandler({ isTunnelled: true })],
    ['portforward spdy/3.1', new PortForwardHandler({ isTunnelled: false })],
  ]);
}
