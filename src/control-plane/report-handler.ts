import type { ReportAnswer, ReportQuery } from '../api/report.ts';
import { seal } from '../audit/seal.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';

/** Makes a report. It tells who was shown whose data, by keyed hashes: that it was made is in the ledger before. */
export async function makeHipaaReport(
  services: ControlPlaneServices,
  { query, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { reports, ledger, nowMs } = services;
  const { from, to, format } = query as ReportQuery;
  const madeAtMs = nowMs();
  await seal(ledger, {
    kind: 'report.make',
    principal: principal.id,
    report: 'hipaa',
    from,
    to,
    format,
    client: clientAddress,
  });
  const period = { fromMs: Date.parse(from), toMs: Date.parse(to), madeAtMs };
  const coverage = await coverLogs(services);
  const made = await reports.make(period, format, coverage);
  switch (made.kind) {
    case 'busy':
      return answerTooMany('another report is being made');
    case 'no-room':
      return answerProblem(
        'unavailable',
        'there is no room for a copy of all ledgers beside that of this gateway',
        'Ask another gateway, or make it from copies of the files: sallyport report hipaa DIRECTORY.',
      );
    case 'given-up':
      return answerProblem(
        'unavailable',
        'the report took too long',
        'Make it from the files: sallyport report hipaa DIRECTORY.',
      );
    case 'done': {
      const { isWhole, files } = made.output;
      const answer: ReportAnswer = {
        from,
        to,
        madeAt: new Date(madeAtMs).toISOString(),
        isWhole,
        coverage,
        files: files.map(({ name, mediaType, bytes }) => ({
          name,
          mediaType,
          content: Buffer.from(bytes).toString('base64'),
        })),
      };
      return answerJson(answer);
    }
  }
}
