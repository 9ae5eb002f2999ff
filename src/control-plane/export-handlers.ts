import type { ExportList, ExportPath, ExportView, ReplaySubmission } from '../api/export.ts';
import { seal } from '../audit/seal.ts';
import type { SinkStatus } from '../exports/sink-export.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Says how the exports of this gateway go. */
export async function listExports({ exporter }: ControlPlaneServices): Promise<Answer> {
  const list: ExportList = { exports: exporter.statuses.map(viewExport) };
  return answerJson(list);
}

/** Has everything from an instant on sent to a sink again. Who asked for it is in the ledger first. */
export async function replayExport(
  { exporter, ledger }: ControlPlaneServices,
  { path, json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { name } = path as ExportPath;
  const { from } = json as ReplaySubmission;
  if (!exporter.statuses.some((sink) => sink.name === name)) return answerNoSink();
  await seal(ledger, {
    kind: 'export.replay',
    principal: principal.id,
    sink: name,
    from,
    client: clientAddress,
  });
  const logs = await exporter.replay(name, Date.parse(from));
  return logs === undefined ? answerNoSink() : answerJson({ logs });
}

function viewExport(status: SinkStatus): ExportView {
  const { failingSinceMs, lagMs, ...view } = status;
  return {
    ...view,
    lagMs: lagMs === undefined ? undefined : Math.round(lagMs),
    failingSince: failingSinceMs === undefined ? undefined : new Date(failingSinceMs).toISOString(),
  };
}

function answerNoSink(): Answer {
  return answerProblem('not-found', 'no export has this name');
}
