import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Address } from '../../configuration/fields.ts';
import { type Channel, ChannelError } from './channel.ts';
import { describePlace, listRelations, type Notice } from './notice.ts';
import type { Warning } from './warning.ts';

/** What an e-mail channel is made of. */
export interface EmailOptions {
  readonly name: string;
  readonly groups: readonly string[];
  readonly server: Address;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly credential: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly ca: string | undefined;
}

/** Milliseconds for the connection, its greeting and silence. */
const TIMEOUT_MS = 10_000;

/** Sends mail in plain text, one thread a request. */
export function openEmail(options: EmailOptions): Channel {
  const { name, groups, server, tls, credential, from, to, ca } = options;
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(credential && { auth: { user: credential.user, pass: credential.password } }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const send = async (mail: SendMailOptions): Promise<void> => {
    const headers = { 'Auto-Submitted': 'auto-generated' };
    try {
      await transport.sendMail({ from, to: [...to], headers, ...mail });
    } catch (cause) {
      throw new ChannelError(name, describe(cause), { cause });
    }
  };
  return {
    name,
    groups,
    async deliver(notice) {
      const domain = from.slice(from.lastIndexOf('@') + 1);
      const thread = `<${notice.requestId}@${domain}>`;
      const isFirst = notice.occasion === 'opened';
      await send({
        subject: `[Sallyport] ${notice.title}`,
        text: describeMail(notice),
        messageId: isFirst ? thread : `<${notice.requestId}.${notice.occasion}@${domain}>`,
        ...(!isFirst && { inReplyTo: thread, references: thread }),
      });
      return undefined;
    },
    async warn(warning) {
      const domain = from.slice(from.lastIndexOf('@') + 1);
      await send({
        subject: `[Sallyport] ${warning.title}`,
        text: describeWarning(warning),
        messageId: `<${warning.alertId}@${domain}>`,
      });
    },
  };
}

/** The body: plain text, so that nothing in it can be anything else. */
export function describeMail(notice: Notice): string {
  const { requester, reason, justification, settings, statement, url, reviews } = notice;
  const lines = [
    notice.title,
    '',
    `Asks for:       ${notice.subject}`,
    `Who:            ${requester.name} (${requester.id})`,
    `Target:         ${describePlace(notice)}`,
    `Why:            ${reason}`,
    `Justification:  ${justification ?? 'none given'}`,
    `Touches:        ${listRelations(notice)}`,
    `Data classes:   ${notice.classesTouched.join(', ') || 'none'}`,
    `Approved by:    ${notice.reviewers}`,
    `Until:          ${notice.expiresAt}`,
    `State:          ${notice.state}`,
    ...reviews.map(
      ({ reviewer, verdict, comment }) =>
        `Review:         ${reviewer}: ${verdict}${comment === '' ? '' : `, ${comment}`}`,
    ),
    ...(settings.length === 0 ? [] : ['', 'Set in the session before:', ...settings]),
    ...(statement === undefined ? [] : ['', statement]),
    '',
    url === undefined ? `sallyport reviews show ${notice.requestId}` : url,
    '',
    'Values in the statement are hidden here.',
  ];
  return lines.join('\n');
}

function describeWarning({ title, facts, url, alertId }: Warning): string {
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(16)}${value}`);
  return [title, '', ...lines, '', url ?? alertId].join('\n');
}

/** The error's code only: servers quote addresses in their words. */
function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `the mail server did not take it (${code})` : 'it failed';
}
