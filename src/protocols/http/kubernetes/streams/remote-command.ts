import type { HttpRequestHead } from '../../exchange.ts';
import { isOn } from '../is-on.ts';
import { namesResource, readResourceRequest } from '../resource-request.ts';

/** What a client asked to run, or to be attached to. */
export interface RemoteCommand {
  /** `namespace/pod` or `namespace/pod/container`. */
  readonly place: string;
  readonly hasTerminal: boolean;
}

/** @param request For `exec` or `attach` of a pod. */
export function readRemoteCommand({ method, path, query }: HttpRequestHead): RemoteCommand {
  const parameters = new URLSearchParams(query);
  const asked = readResourceRequest(method, path, parameters);
  const { namespace, name } = namesResource(asked) ? asked : { namespace: '', name: '' };
  const container = parameters.get('container');
  return {
    place: [namespace, name, ...(container === null ? [] : [container])].join('/'),
    hasTerminal: isOn(parameters, 'tty'),
  };
}
