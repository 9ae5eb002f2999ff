import type { SamlNameIdFormat } from '../configuration/saml-settings.ts';

/** A SAML identity provider, and how its assertions are read. */
export interface SamlProvider {
  /** First part of every principal's id: never rename it. */
  readonly name: string;
  /** The provider's own entity id, as its assertions name their issuer. */
  readonly entityId: string;
  /** Where browsers are sent, by the redirect binding. */
  readonly signInUrl: string;
  /** Certificates that its assertions may be signed with, PEM. Never empty. */
  readonly certificates: readonly string[];
  /** The form of name id that is asked for, and the only one that names anybody. */
  readonly nameIdFormat: SamlNameIdFormat;
  /** Attribute that identifies the principal for good; the name id when absent. */
  readonly subjectAttribute?: string | undefined;
  /** Attribute to show to people; the name id when absent, and the subject where there is none. */
  readonly nameAttribute?: string | undefined;
  /** Attribute that all identities of one human have in common. */
  readonly personAttribute?: string | undefined;
  /** Attribute with the names of groups. */
  readonly groupsAttribute: string;
  /** Groups every principal of this provider is in. */
  readonly groups: readonly string[];
}

/** We, as the provider knows us. */
export interface SamlService {
  /** Our entity id, which assertions have to name as their audience. */
  readonly entityId: string;
  /** Where the provider sends its answers, by the POST binding. */
  readonly acsUrl: string;
}
