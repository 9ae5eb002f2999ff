import type { HttpRequestHead } from '../../exchange.ts';
import { isOn } from '../is-on.ts';
import { namesResource, readResourceRequest } from '../resource-request.ts';

/** What a client asked to run, or to be attached to. */
export interface RemoteCommand {
  /** `namespace/pod` or `namespace/pod/container`. */
  readonly place: string;
  readonly hasTerminal: boolean;
  /** Whether it writes an archive of files to its output, as `kubectl cp` has it. */
  readonly isArchive: boolean;
}

/** `tar cf - …`, by itself or in a shell. */
const ARCHIVE = /(?:^|[\s/;&|])(?:bsd)?tar\s+(?:-\S*\s+)*-?[A-Za-z]*c[A-Za-z]*\b|\b(?:cpio|pax)\b/;

export function readRemoteCommand({ method, path, query }: HttpRequestHead): RemoteCommand {
  const parameters = new URLSearchParams(query);
  const asked = readResourceRequest(method, path, parameters);
  const { namespace, name } = namesResource(asked) ? asked : { namespace: '', name: '' };
  const container = parameters.get('container');
  return {
    place: [namespace, name, ...(container === null ? [] : [container])].join('/'),
    hasTerminal: isOn(parameters, 'tty'),
    isArchive: ARCHIVE.test(parameters.getAll('command').join(' ')),
  };
}
