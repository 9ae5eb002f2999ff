import { z } from 'zod';

import type { ConfigurationRoot } from './configuration-root.ts';
import { entityName, isLoopback, line, path, section } from './fields.ts';

/**
 * Forms of name ids that can name somebody for good: of the provider's making for one service, or whatever the
 * provider takes.
 */
const NAME_ID_FORMATS = ['persistent', 'unspecified'] as const;

export type SamlNameIdFormat = (typeof NAME_ID_FORMATS)[number];

/** A SAML 2.0 provider whose people may sign in to the console. */
export interface SamlProviderSettings {
  /** First part of every principal's id: never rename it. */
  readonly name: string;
  /** The provider's entity id. */
  readonly entityId: string;
  readonly signInUrl: string;
  /** PEM files with the certificates that assertions may be signed with. Never empty. */
  readonly certificateFiles: readonly string[];
  /** Of the name ids that name principals; others name nobody. */
  readonly nameIdFormat: SamlNameIdFormat;
  /** Identifies the principal for good; the name id when undefined. */
  readonly subjectAttribute: string | undefined;
  readonly nameAttribute: string | undefined;
  /** The same for all identities of one human. */
  readonly personAttribute: string | undefined;
  readonly groupsAttribute: string;
  /** Groups every principal of this provider is in. */
  readonly groups: readonly string[];
}

/** The section `identity.saml` of `sallyport.yaml`. Paths are relative to the directory of `root`. */
export function samlProvidersSchema(
  root: ConfigurationRoot,
): z.ZodType<readonly SamlProviderSettings[]> {
  const provider = section({
    name: entityName(),
    entityId: line(),
    signInUrl: z.string().refine(isSafeUrl, {
      message: 'must be an https URL without user, password or fragment (http only on loopback)',
    }),
    certificateFiles: z.array(path(root)).min(1),
    nameIdFormat: z.enum(NAME_ID_FORMATS).default('persistent'),
    subjectAttribute: line().optional(),
    nameAttribute: line().optional(),
    personAttribute: line().optional(),
    groupsAttribute: line().default('groups'),
    groups: z.array(line(256)).default([]),
  }).transform((settings) => ({
    ...settings,
    subjectAttribute: settings.subjectAttribute,
    nameAttribute: settings.nameAttribute,
    personAttribute: settings.personAttribute,
  }));
  return z.array(provider).default([]);
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash, hostname } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return protocol === 'https:' || (protocol === 'http:' && isLoopback({ host, port: 0 }));
}
