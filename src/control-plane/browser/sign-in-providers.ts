import type { OidcChallenge } from '../../identity/oidc-sign-in.ts';
import type { SamlService } from '../../identity/saml-provider.ts';
import type { SamlOutcome } from '../../identity/saml-sign-in.ts';

/** A way to sign in to the console. */
export type SignInProvider =
  | {
      readonly kind: 'oidc';
      /** As in the configuration. */
      readonly name: string;
      begin(
        redirectUri: string,
      ): Promise<{ readonly url: string; readonly challenge: OidcChallenge }>;
      /** @returns The ID token, not judged yet. */
      finish(url: URL, challenge: OidcChallenge): Promise<string>;
      findSignOutUrl(): Promise<string | undefined>;
    }
  | {
      readonly kind: 'saml';
      readonly name: string;
      begin(service: SamlService): Promise<{ readonly url: string; readonly requestId: string }>;
      finish(service: SamlService, requestId: string, response: string): Promise<SamlOutcome>;
    };

/** The link that begins a sign-in. */
export function signInPath(name: string): string {
  return `/sign-in?provider=${encodeURIComponent(name)}`;
}
