import type { IssuedSshCertificate, SshCertificateRequest } from '../api/ssh-certificate.ts';
import { seal } from '../audit/seal.ts';
import {
  type CertificateAnswer,
  type IssueDetails,
  issueCertificate,
} from '../identity/ssh/issue-certificate.ts';
import type { TokenRecord } from '../identity/token-store.ts';
import { decodeCertificate } from '../wire/ssh/certificate.ts';
import { type Answer, answerJson, answerProblem, answerRefusal } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';
import { IssueRefused } from './token-handlers.ts';

type Refusal = (CertificateAnswer & { readonly kind: 'refused' })['reason'];

/** Certifies a client's SSH key. The issue is in the ledger before the certificate leaves the gateway. */
export async function issueSshCertificate(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { sshAuthorities: authorities, sshCertificateLifetimeMs, tokens, nowMs } = services;
  if (authorities === undefined) return answerProblem('not-found', 'this gateway takes no SSH');
  const { principal } = call;
  const { publicKey, lifetimeSeconds, sourceAddresses = [] } = call.json as SshCertificateRequest;
  const request = { principal, publicKey, lifetimeSeconds, sourceAddresses };
  try {
    const answer = await issueCertificate(request, {
      authorities,
      tokens,
      nowMs,
      lifetimeMsMax: sshCertificateLifetimeMs(),
      seal: (record, details) => sealIssue(services, call, record, details),
    });
    if (answer.kind === 'refused') return answerProblem('bad-request', ...phrase(answer.reason));
    return answerJson(view(answer.certificate, answer.record), 201);
  } catch (error) {
    if (error instanceof IssueRefused) return answerRefusal(error.decision);
    throw error;
  }
}

async function sealIssue(
  { authorize, ledger }: ControlPlaneServices,
  { principal, clientAddress }: SignedInCall,
  { id, kind, issuedAtMs, expiresAtMs }: TokenRecord,
  { fingerprint, sourceAddresses }: IssueDetails,
): Promise<void> {
  const lifetimeSeconds = Math.ceil((expiresAtMs - issuedAtMs) / 1_000);
  const decision = authorize({ action: 'token.issue', principal, lifetimeSeconds });
  if (decision.kind !== 'allow') throw new IssueRefused(decision);
  await seal(ledger, {
    kind: 'token.issue',
    principal: principal.id,
    token: id,
    form: kind,
    key: fingerprint,
    ...(sourceAddresses.length > 0 && { sourceAddresses }),
    expiresAt: new Date(expiresAtMs).toISOString(),
    client: clientAddress,
  });
}

function phrase(reason: Refusal): [title: string, hint?: string] {
  switch (reason) {
    case 'wrong-sign-in':
      return [
        'a certificate is issued for a token of an identity provider only',
        'Run `sallyport login`.',
      ];
    case 'bad-key':
      return [
        'the public key cannot be certified',
        'It must be one line as in id_ed25519.pub: Ed25519, ECDSA, or RSA of at least 2048 bits.',
      ];
    case 'bad-address':
      return ['sourceAddresses are not addresses and networks'];
    case 'expired':
      return ['the token is about to expire', 'Ask again with a new one.'];
  }
}

function view(certificate: Buffer, { id, expiresAtMs }: TokenRecord): IssuedSshCertificate {
  const { certificateType } = decodeCertificate(certificate);
  return {
    id,
    certificate: `${certificateType} ${certificate.toString('base64')}`,
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}
