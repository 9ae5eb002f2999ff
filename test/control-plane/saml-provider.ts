import '../../src/gateway/reflect-metadata.ts';
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { X509CertificateGenerator } from '@peculiar/x509';

/** What of the library is used here: its own types bring those of browsers into every file. */
interface Samlify {
  readonly IdentityProvider: (settings: object) => {
    createLoginResponse(
      service: unknown,
      request: { readonly extract: { readonly request: { readonly id: string } } },
      binding: 'post',
      user: object,
      options: {
        readonly customTagReplacement: (template: string) => {
          readonly id: string;
          readonly context: string;
        };
      },
    ): Promise<{ readonly context: string }>;
  };
  readonly ServiceProvider: (settings: object) => unknown;
}

const samlify = createRequire(import.meta.url)('samlify') as Samlify;

/** A SAML provider of our own making, whose answers tests can bend. */
export interface TestSamlProvider {
  readonly entityId: string;
  readonly signInUrl: string;
  /** PEM. */
  readonly certificate: string;
  /** The form field `SAMLResponse`, signed. */
  answer(assertion: TestAssertion): Promise<string>;
}

/** What an answer says; all of it is signed. */
export interface TestAssertion {
  readonly audience: string;
  readonly acsUrl: string;
  /** Id of the request that it answers. */
  readonly inResponseTo: string;
  readonly nameId: string;
  /** Default: persistent. */
  readonly nameIdFormat?: string;
  readonly groups?: readonly string[];
  /** Seconds by which all its times are moved. */
  readonly shiftSeconds?: number;
  /** Default: a new one. */
  readonly assertionId?: string;
  /** Who says so; default: the provider. */
  readonly issuer?: string;
}

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

const TEMPLATE = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="{NameIDFormat}">{NameID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{Until}" Recipient="{Destination}" InResponseTo="{InResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{From}" NotOnOrAfter="{Until}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{AssertionID}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="groups">{Groups}</saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>`;

/** Makes one with a key of its own. */
export async function createSamlProvider(): Promise<TestSamlProvider> {
  const { certificate, privateKey } = await makeSigningKey();
  const entityId = 'https://saml.example.test/metadata';
  const signInUrl = 'https://saml.example.test/sign-in';
  const provider = samlify.IdentityProvider({
    entityID: entityId,
    privateKey,
    signingCert: certificate,
    isAssertionEncrypted: false,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    singleSignOnService: [
      { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', Location: signInUrl },
    ],
    singleLogoutService: [
      { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', Location: signInUrl },
    ],
    loginResponseTemplate: { context: TEMPLATE, attributes: [] },
  });
  return {
    entityId,
    signInUrl,
    certificate,
    answer: async (assertion) => {
      const service = samlify.ServiceProvider({
        entityID: assertion.audience,
        wantAssertionsSigned: true,
        assertionConsumerService: [
          { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: assertion.acsUrl },
        ],
      });
      const { context } = await provider.createLoginResponse(
        service,
        { extract: { request: { id: assertion.inResponseTo } } },
        'post',
        {},
        {
          customTagReplacement: (template) => ({
            id: 'r1',
            context: fill(template, assertion, entityId),
          }),
        },
      );
      return context;
    },
  };
}

function fill(template: string, assertion: TestAssertion, entityId: string): string {
  const { shiftSeconds = 0, groups = [], assertionId, nameIdFormat = PERSISTENT } = assertion;
  const at = (seconds: number): string =>
    new Date(Date.now() + (shiftSeconds + seconds) * 1_000).toISOString();
  const values: Readonly<Record<string, string>> = {
    ID: `_${crypto.randomUUID()}`,
    AssertionID: assertionId ?? `_${crypto.randomUUID()}`,
    IssueInstant: at(0),
    From: at(-5),
    Until: at(300),
    Issuer: assertion.issuer ?? entityId,
    Destination: assertion.acsUrl,
    InResponseTo: assertion.inResponseTo,
    Audience: assertion.audience,
    NameID: assertion.nameId,
    NameIDFormat: nameIdFormat,
    Groups: groups.map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`).join(''),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? '');
}

async function makeSigningKey(): Promise<{
  readonly certificate: string;
  readonly privateKey: string;
}> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2_048,
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=saml.example.test',
    keys,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { certificate: certificate.toString('pem'), privateKey };
}
