import type { FieldsByCode } from '../../wire/postgres/error-response.ts';
import { UpstreamError } from '../upstream-error.ts';

/** A server answered the gateway's login, or a query of its own, with an error. */
export class ServerRefusalError extends UpstreamError {
  /** What the server answered. Not ours: think before showing it. */
  readonly fields: FieldsByCode;

  constructor(reason: string, fields: FieldsByCode) {
    super('ERR_UPSTREAM_LOGIN', reason);
    this.fields = fields;
  }
}
