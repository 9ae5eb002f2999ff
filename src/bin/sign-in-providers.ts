import { readFile } from 'node:fs/promises';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { SignInProvider } from '../control-plane/browser/sign-in-providers.ts';
import type { OnceOnlyStore } from '../identity/browser-sign-in.ts';
import { OidcSignIn } from '../identity/oidc-sign-in.ts';
import type { SamlRequests } from '../identity/saml-requests.ts';
import { SamlSignIn, type SamlSignInParts } from '../identity/saml-sign-in.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';

type OidcSettings = Configuration['identity']['providers'][number];
type SamlSettings = Configuration['identity']['saml'][number];

interface Parts {
  readonly configuration: () => Configuration;
  readonly resolveSecret: ResolveSecret;
  readonly once: OnceOnlyStore;
  readonly samlRequests: SamlRequests;
  readonly readSamlAnswer: SamlSignInParts['readAnswer'];
}

/** Makes what asks for the ways to sign in to the console, which follow the configuration. */
export function openSignInProviders(parts: Parts): () => readonly SignInProvider[] {
  let known: { readonly configuration: Configuration; readonly list: readonly SignInProvider[] };
  return () => {
    const configuration = parts.configuration();
    // What was learned of a provider is kept for as long as the configuration is.
    if (known?.configuration !== configuration) {
      const { providers, saml } = configuration.identity;
      const people = providers.filter(({ kind }) => kind === 'person');
      const list = [
        ...people.flatMap((settings) => openOidc(settings, parts)),
        ...saml.map((settings) => openSaml(settings, parts)),
      ];
      known = { configuration, list };
    }
    return known.list;
  };
}

function openOidc(
  { name, issuer, browser, scopes, caFile, ...settings }: OidcSettings,
  { resolveSecret }: Parts,
): readonly SignInProvider[] {
  const clientId = browser.clientId ?? settings.clientId;
  if (clientId === undefined) return [];
  const { clientSecret } = browser;
  const signIn = new OidcSignIn(
    {
      issuer,
      clientId,
      clientSecret:
        clientSecret === undefined
          ? undefined
          : async () => (await resolveSecret(clientSecret)).toString().trim(),
      scopes,
      caFile,
    },
    Date.now,
  );
  return [
    {
      kind: 'oidc',
      name,
      begin: (redirectUri) => signIn.begin(redirectUri),
      finish: (url, challenge) => signIn.finish(url, challenge),
      findSignOutUrl: () => signIn.findSignOutUrl(),
    },
  ];
}

function openSaml(settings: SamlSettings, parts: Parts): SignInProvider {
  // Certificates are read for each sign-in: providers change them, and people sign in rarely.
  const open = async (): Promise<SamlSignIn> => {
    const { certificateFiles } = settings;
    const files = certificateFiles.map((file) => readFile(file, 'utf8'));
    const certificates = (await Promise.all(files)).flatMap(splitCertificates);
    return new SamlSignIn({
      provider: { ...settings, certificates },
      requests: parts.samlRequests,
      once: parts.once,
      readAnswer: parts.readSamlAnswer,
      nowMs: Date.now,
    });
  };
  return {
    kind: 'saml',
    name: settings.name,
    begin: async (service) => (await open()).begin(service),
    finish: async (service, requestId, response) =>
      (await open()).finish(service, requestId, response),
  };
}

function splitCertificates(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
