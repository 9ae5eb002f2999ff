import { clientConfigurationSchema } from './client-configuration.ts';
import { idPathSchema } from './identifiers.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';
import { signedOutSchema, signInListSchema } from './sign-in.ts';
import { issuedSshCertificateSchema, sshCertificateRequestSchema } from './ssh-certificate.ts';
import {
  revocationRequestSchema,
  tokenAnswerSchema,
  tokenListSchema,
  tokenProblemSchema,
  tokenRequestSchema,
} from './token.ts';
import { whoamiSchema } from './whoami.ts';

/** Signing in, and who is signed in. */
export const SIGN_IN_ROUTES: readonly Route[] = [
  {
    id: 'getClientConfiguration',
    method: 'GET',
    path: '/v1/client-configuration',
    summary: 'What a client must know before it can sign in',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE, schema: clientConfigurationSchema },
    problem: problemSchema,
  },
  {
    id: 'exchangeToken',
    method: 'POST',
    path: '/oauth2/token',
    summary: "Exchange an identity provider's token for a short Sallyport token (RFC 8693)",
    access: { kind: 'token' },
    form: tokenRequestSchema,
    answer: { mediaType: JSON_TYPE, schema: tokenAnswerSchema },
    problem: tokenProblemSchema,
  },
  {
    id: 'revokeToken',
    method: 'POST',
    path: '/oauth2/revoke',
    summary: 'End a Sallyport token early (RFC 7009)',
    access: { kind: 'token' },
    form: revocationRequestSchema,
    answer: { mediaType: JSON_TYPE },
    problem: tokenProblemSchema,
  },
  {
    id: 'listTokens',
    method: 'GET',
    path: '/v1/tokens',
    summary: "The asker's own tokens that still count, SSH certificates among them",
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: tokenListSchema },
    problem: problemSchema,
  },
  {
    id: 'endToken',
    method: 'POST',
    path: '/v1/tokens/{id}/end',
    summary: "End one of the asker's own tokens, by its name",
    access: { kind: 'signed-in' },
    pathParameters: idPathSchema,
    answer: { mediaType: JSON_TYPE, schema: tokenListSchema },
    problem: problemSchema,
  },
  {
    id: 'issueSshCertificate',
    method: 'POST',
    path: '/v1/ssh/certificates',
    summary: "Certify a client's SSH key, for somebody with a token of an identity provider",
    access: { kind: 'signed-in' },
    json: sshCertificateRequestSchema,
    weight: 10,
    answer: { mediaType: JSON_TYPE, status: 201, schema: issuedSshCertificateSchema },
    problem: problemSchema,
  },
  {
    id: 'getWhoami',
    method: 'GET',
    path: '/v1/whoami',
    summary: 'Whom the gateway takes the asker for',
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: whoamiSchema },
    problem: problemSchema,
  },
  {
    id: 'listSignIns',
    method: 'GET',
    path: '/v1/sign-ins',
    summary: "The asker's own sign-ins in browsers",
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: signInListSchema },
    problem: problemSchema,
  },
  {
    id: 'endSignIn',
    method: 'POST',
    path: '/v1/sign-ins/{id}/end',
    summary: "End one of the asker's own sign-ins",
    access: { kind: 'signed-in' },
    pathParameters: idPathSchema,
    answer: { mediaType: JSON_TYPE, schema: signInListSchema },
    problem: problemSchema,
  },
  {
    id: 'signOut',
    method: 'POST',
    path: '/v1/sign-out',
    summary: 'End the sign-in by which the asker asks',
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: signedOutSchema },
    problem: problemSchema,
  },
];
