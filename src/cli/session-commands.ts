import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type {
  SessionEndOptions,
  SessionListOptions,
  SessionPlayOptions,
} from './commands/sessions.ts';
import type { SessionExportOptions } from './commands/sessions-export.ts';
import type { SessionJoinOptions } from './commands/sessions-join.ts';
import type { SessionUnsealOptions } from './commands/sessions-unseal.ts';
import type { SetExitCode } from './create-program.ts';
import { ESCAPES } from './escape-reader.ts';

/** Looking at sessions, and at what was recorded of them. */
export function addSessions(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const sessions = program.command('sessions').description('look at sessions and play recordings');
  sessions
    .command('list')
    .description('list sessions, newest first')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--mine', 'only your own')
    .option('--principal <id>', 'only of this principal')
    .option('--target <name>', 'only on this target')
    .option('--since <start>', 'a duration such as 24h, or an instant')
    .option('--live', 'only those that run')
    .option('--search <words>', 'only with a statement that holds all of these words')
    .option('--limit <number>', 'sessions at most (default: 20)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'sallyport sessions list --mine',
        'sallyport sessions list --target hospital --since 24h',
        "sallyport sessions list --search 'from patients'",
      ),
    )
    .action(async (options: SessionListOptions) =>
      (await import('./commands/sessions.ts')).runSessionsList(host, options),
    );
  sessions
    .command('show')
    .description('show one session')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport sessions show 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031'))
    .action(async (id: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/sessions.ts')).runSessionsShow(host, id, options),
    );
  sessions
    .command('end')
    .description('end a session that runs')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; this goes into the ledger')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples("sallyport sessions end 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031 --reason 'left open'"),
    )
    .action(async (id: string, options: SessionEndOptions) =>
      (await import('./commands/sessions.ts')).runSessionsEnd(host, id, options),
    );
  sessions
    .command('join')
    .description('take part in a terminal of a session that runs; this goes into the ledger')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .option('--channel <number>', 'which terminal; default: the one that was opened last')
    .addHelpText('after', `\nAt the beginning of a line: ${ESCAPES}.\n`)
    .addHelpText('after', examples('sallyport sessions join 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031'))
    .action(async (id: string, options: SessionJoinOptions) =>
      (await import('./commands/sessions-join.ts')).runSessionsJoin(host, id, options),
    );
  addRecordings(sessions, host, setExitCode);
}

function addRecordings(sessions: Command, host: CliHost, setExitCode: SetExitCode): void {
  sessions
    .command('play')
    .description('play what a session did and was shown; this goes into the ledger')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .option('--from <place>', 'where to begin, such as 1:20 or 90s')
    .option('--speed <factor>', 'times the original speed, or max', 'max')
    .option('--skip-idle <duration>', 'longest pause')
    .option('--channel <number>', 'only this channel of an SSH session')
    .option('--json', 'print one JSON object for each event')
    .addHelpText(
      'after',
      examples(
        'sallyport sessions play 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031',
        'sallyport sessions play 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031 --from 1:20 --speed 4 --skip-idle 2s',
      ),
    )
    .action(async (id: string, options: SessionPlayOptions) =>
      (await import('./commands/sessions.ts')).runSessionsPlay(host, id, options),
    );
  sessions
    .command('export')
    .description('write one channel of an SSH session for other players; this goes into the ledger')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .option('--format <format>', 'asciicast, version 2', 'asciicast')
    .option('--channel <number>', 'which channel; default: the first')
    .option('--out <file>', 'a new file; default: standard output')
    .addHelpText(
      'after',
      examples(
        'sallyport sessions export 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031 --out shell.cast',
        'asciinema play shell.cast',
      ),
    )
    .action(async (id: string, options: SessionExportOptions) =>
      (await import('./commands/sessions-export.ts')).runSessionsExport(host, id, options),
    );
  sessions
    .command('unseal')
    .description('show the sealed raw track of a session; this goes into the ledger')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .requiredOption('--identity <file...>', 'files with your keys, as age-keygen writes them')
    .option('--file <path>', 'read a track that is here already, without a gateway')
    .option('--json', 'print one JSON object for each event')
    .addHelpText(
      'after',
      examples(
        'sallyport sessions unseal 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031 --identity key.txt',
        'age -d -i key.txt 0b54c1d2-4f0a-4d3b-9a52-a7c8e41f6031.raw.age | zstd -d',
      ),
    )
    .action(async (id: string, options: SessionUnsealOptions) =>
      (await import('./commands/sessions-unseal.ts')).runSessionsUnseal(host, id, options),
    );
  sessions
    .command('verify')
    .description('compare recordings with the digests in the ledger, offline; needs no key')
    .argument('<directory>', "the gateway's data directory, or a copy of it")
    .argument('[id]', 'only of this session')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport sessions verify /var/lib/sallyport'))
    .action(async (directory: string, id: string | undefined, options: JsonOption) => {
      const { runSessionsVerify } = await import('./commands/sessions-verify.ts');
      setExitCode(await runSessionsVerify(host, directory, id, options));
    });
}
