import type { FieldList } from '../../wire/http/field-list.ts';

/** What says whom a request was passed on for: nobody but the gateway can be believed in that. */
const FORWARDING =
  /^(?:forwarded|via|client[-_]ip|true[-_]client[-_]ip|x[-_](?:forwarded(?:[-_].*)?|real[-_]ip|client[-_]ip|original[-_](?:url|host|uri)|rewrite[-_]url))$/;
const OURS = '1.1 sallyport';
const PORT = /:(\d+)$/;
const DEFAULT_PORTS = { http: '80', https: '443' } as const;

/** Who passes a request on, and from whom. */
export interface Forwarding {
  /** IP address. */
  readonly clientAddress: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** What was cut off the path; "" for nothing. */
  readonly pathPrefix: string;
}

/**
 * The fields without what a client says of whom it passes on from, and with what the gateway knows of that: services write links
 * to themselves by it.
 */
export function withForwarding(
  fields: FieldList,
  { clientAddress, scheme, authority, pathPrefix }: Forwarding,
): FieldList {
  const node = clientAddress.includes(':') ? `"[${clientAddress}]"` : clientAddress;
  return fields
    .filter((name) => !FORWARDING.test(name))
    .concat([
      ['forwarded', `for=${node};host="${authority}";proto=${scheme}`],
      ['x-forwarded-for', clientAddress],
      ['x-forwarded-host', authority],
      ['x-forwarded-proto', scheme],
      ['x-forwarded-port', PORT.exec(authority)?.[1] ?? DEFAULT_PORTS[scheme]],
      ...(pathPrefix === '' ? [] : [['x-forwarded-prefix', pathPrefix] as const]),
      ['via', OURS],
    ]);
}
