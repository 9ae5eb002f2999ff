import '../../src/gateway/reflect-metadata.ts';
import { webcrypto } from 'node:crypto';
import { signXml } from '@node-saml/node-saml/lib/xml.js';
import { X509CertificateGenerator } from '@peculiar/x509';

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
  /** Undefined: it has none. */
  readonly nameId: string | undefined;
  /** Default: persistent. */
  readonly nameIdFormat?: string;
  /** For which service the name id is; default: it does not say. */
  readonly spNameQualifier?: string;
  readonly groups?: readonly string[];
  /** Whether each group is in an attribute of its own, all of one name. Default false: they are the values of one. */
  readonly groupsApart?: boolean;
  /** What else is in the statement of attributes, XML. */
  readonly attributesXml?: string;
  /** Seconds by which all its times are moved. */
  readonly shiftSeconds?: number;
  /** Default: a new one. */
  readonly assertionId?: string;
  /** Who says so; default: the provider. */
  readonly issuer?: string;
  /** What it is signed by. Default: SHA-256 for both. */
  readonly algorithms?: Readonly<
    Record<'signatureAlgorithm' | 'digestAlgorithm', 'sha1' | 'sha256'>
  >;
  /** When the sign-in is to end; default: it does not say. */
  readonly sessionNotOnOrAfter?: string;
}

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

const TEMPLATE = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject>{NameID}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{Until}" Recipient="{Destination}" InResponseTo="{InResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{From}" NotOnOrAfter="{Until}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{AssertionID}"{SessionEnd}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{Groups}{Attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;

/** Makes one with a key of its own. */
export async function createSamlProvider(): Promise<TestSamlProvider> {
  const { certificate, privateKey } = await makeSigningKey();
  const entityId = 'https://saml.example.test/metadata';
  const signInUrl = 'https://saml.example.test/sign-in';
  return {
    entityId,
    signInUrl,
    certificate,
    answer: async (assertion) => {
      const xml = fill(TEMPLATE, assertion, entityId);
      const options = {
        privateKey,
        ...(assertion.algorithms ?? { signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' }),
      } as const;
      const location = {
        reference: `${ASSERTION}/*[local-name(.)='Issuer']`,
        action: 'after',
      } as const;
      return Buffer.from(signXml(xml, ASSERTION, location, options)).toString('base64');
    },
  };
}

/** What is signed, as providers do it: the assertion, with its signature behind its issuer. */
const ASSERTION = "//*[local-name(.)='Assertion']";

function fill(template: string, assertion: TestAssertion, entityId: string): string {
  const { shiftSeconds = 0, groups = [], assertionId } = assertion;
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
    NameID: formatNameId(assertion),
    SessionEnd: formatAttribute('SessionNotOnOrAfter', assertion.sessionNotOnOrAfter),
    Groups: (assertion.groupsApart === true ? groups.map((group) => [group]) : [groups])
      .map(formatGroups)
      .join(''),
    Attributes: assertion.attributesXml ?? '',
  };
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? '');
}

function formatAttribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}="${value}"`;
}

function formatNameId({
  nameId,
  nameIdFormat = PERSISTENT,
  spNameQualifier,
}: TestAssertion): string {
  if (nameId === undefined) return '';
  const service = formatAttribute('SPNameQualifier', spNameQualifier);
  return `<saml:NameID Format="${nameIdFormat}"${service}>${nameId}</saml:NameID>`;
}

function formatGroups(groups: readonly string[]): string {
  const values = groups.map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`);
  return `<saml:Attribute Name="groups">${values.join('')}</saml:Attribute>`;
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
