import type { Side } from './environment.ts';
import { type ClientOutcome, runPsql } from './run-client.ts';

/** An export that waits for a privacy officer, in a psql of its own. */
export interface HeldExport {
  readonly requestId: string;
  /** What psql printed, once it has ended. */
  readonly ended: Promise<ClientOutcome>;
  /** SIGINT is Ctrl-C; SIGKILL takes the client away. */
  signal(signal: NodeJS.Signals): void;
}

/** Waits as long as the hospital's policies say. */
export const EXPORT = 'COPY (SELECT id FROM patients) TO STDOUT';
/** Waits for as long as {@link limitBriefExport} says. */
export const BRIEF_EXPORT = 'COPY (SELECT id FROM notes) TO STDOUT';

/** A file of policies that bounds how long {@link BRIEF_EXPORT} waits. */
export function limitBriefExport(expires: string): Readonly<Record<string, string>> {
  return {
    'brief-exports.cedar': `
@id("brief-export") @review("privacy-officers") @expires("${expires}") @reason("Notes leave the hospital")
forbid (principal is User, action == Action::"sql.copy-out", resource == Target::"hospital")
when { context.reads.contains("public.notes") };
`,
  };
}

/** Exports something by psql, and waits until psql says that it waits. */
export async function holdExport(side: Side, statement: string = EXPORT): Promise<HeldExport> {
  const told = Promise.withResolvers<Pick<HeldExport, 'requestId' | 'signal'>>();
  let errors = '';
  const ended = runPsql(side, ['-v', 'VERBOSITY=verbose', '-c', statement], {
    started: (child) => {
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString('utf8');
        const [, requestId] = /\(request (req_[\w-]+)\)/.exec(errors) ?? [];
        if (requestId === undefined) return;
        told.resolve({ requestId, signal: (signal) => void child.kill(signal) });
      });
    },
  });
  void ended.then(({ stderr }) => {
    told.reject(new Error(`Cannot hold an export: psql ended before it waited\n${stderr}`));
  }, told.reject);
  return { ...(await told.promise), ended };
}
