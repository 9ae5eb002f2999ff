/** A name of protobuf with its package, then a method of it. */
const METHOD_PATH = /^\/(?<service>[A-Za-z_][A-Za-z0-9_.]*)\/(?<method>[A-Za-z_][A-Za-z0-9_]*)$/;

/** What a call calls. */
export interface MethodPath {
  /** With its package, such as `hospital.v1.Patients`. */
  readonly service: string;
  readonly method: string;
}

/** Parses the path of a call; undefined if it calls nothing. */
export function parseMethodPath(path: string): MethodPath | undefined {
  const groups = METHOD_PATH.exec(path)?.groups;
  const service = groups?.['service'];
  const method = groups?.['method'];
  return service === undefined || method === undefined ? undefined : { service, method };
}
