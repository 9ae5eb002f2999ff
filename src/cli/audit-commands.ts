import type { Command } from 'commander';
import type { CliHost, JsonOption } from './command-context.ts';
import { examples, JSON_HELP } from './command-help.ts';
import type { AuditListOptions, AuditVerifyOptions } from './commands/audit.ts';
import type { CompareConnectorOptions } from './commands/audit-connector.ts';
import type { AuditProveOptions, CheckProofOptions } from './commands/audit-proof.ts';
import type { WitnessOptions } from './commands/witness.ts';
import type { SetExitCode } from './create-program.ts';
import { addHolds } from './hold-commands.ts';

/** Reading, proving and verifying the ledger, without a gateway; and vouching for the ledgers of others. */
export function addAudit(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const audit = program.command('audit').description('read and verify the ledger, offline');
  addVerify(audit, host, setExitCode);
  addProof(audit, host, setExitCode);
  addTiles(audit, host);
  audit
    .command('list')
    .description('print entries of a ledger, in order of time')
    .argument('<directory>', "the gateway's data directory, or a copy of its ledger")
    .option('--session <id>', 'only of this session')
    .option('--kind <kind...>', 'only of these kinds, such as operation.refuse')
    .option('--since <start>', 'a duration such as 24h, or an instant')
    .option('--config <directory>', 'open contents with the master key that is configured there')
    .option('--json', 'print entries with what they keep apart, one a line')
    .addHelpText(
      'after',
      examples('sallyport audit list /var/lib/sallyport --kind operation.refuse --since 24h'),
    )
    .action(async (directory: string, options: AuditListOptions) =>
      (await import('./commands/audit.ts')).runAuditList(host, directory, options),
    );
  audit
    .command('change-key')
    .description('have the gateway sign its ledger with new keys: at its next checkpoint, or start')
    .argument('<directory>', "the gateway's data directory")
    .argument('[log...]', 'names of logs (default: all)')
    .addHelpText('after', examples('sallyport audit change-key /var/lib/sallyport'))
    .action(async (directory: string, logs: string[]) =>
      (await import('./commands/audit-key.ts')).runAuditChangeKey(host, directory, logs),
    );
  audit
    .command('compare-connector')
    .description('find what a connector carried and ledgers do not have')
    .argument('<ledger>', "the gateway's data directory, or a copy of its ledger")
    .argument('<records>', "the connector's data directory, or a copy of its directory carried")
    .option('--ledger <directory...>', 'of further gateways that the connector is connected to')
    .option(
      '--public-key <file>',
      "the connector's key, kept elsewhere (default: beside the records)",
    )
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('sallyport audit compare-connector /var/lib/sallyport /mnt/ward-3/data'),
    )
    .action(async (ledger: string, records: string, options: CompareConnectorOptions) => {
      const { runCompareConnector } = await import('./commands/audit-connector.ts');
      setExitCode(await runCompareConnector(host, { ledger, records }, options));
    });
  addHolds(audit, host);
  addWitness(program, host);
}

function addVerify(audit: Command, host: CliHost, setExitCode: SetExitCode): void {
  audit
    .command('verify')
    .description('verify a ledger: names the first bad place of each log')
    .argument('<directory>', "the gateway's data directory, or a copy of its ledger")
    .option(
      '--public-key <key...>',
      'verifier keys, or files with them, kept outside of the gateway',
    )
    .option('--witness-key <key...>', 'keys of witnesses, or files with them, that are believed')
    .option('--required <number>', 'so many of them must have cosigned (default: all)')
    .option('--as-of <instant>', 'when the ledger was copied (default: now)')
    .option('--stale-after <duration>', 'since the last cosignatures, then (default: 60s)')
    .option('--entries-kept <duration>', 'how long entries that expired must have been kept')
    .option('--checkpoint <file...>', 'signed checkpoints that were kept outside of the gateway')
    .option('--no-recordings', 'do not compare the recordings that lie beside it')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'sallyport audit verify /var/lib/sallyport --public-key ledger.pub',
        'sallyport audit verify /mnt/copy --witness-key w1.pub w2.pub --as-of 2026-11-21T13:30:00Z',
      ),
    )
    .action(async (directory: string, options: AuditVerifyOptions) => {
      const { runAuditVerify } = await import('./commands/audit.ts');
      setExitCode(await runAuditVerify(host, directory, options));
    });
}

function addProof(audit: Command, host: CliHost, setExitCode: SetExitCode): void {
  audit
    .command('prove')
    .description('write one file that shows that an entry is in the ledger')
    .argument('<directory>', "the gateway's data directory, or a copy of its ledger")
    .argument('<entry>', 'log and number, such as gw-1.0/4711')
    .option('-o, --output <file>', 'where to (default: standard output)')
    .addHelpText(
      'after',
      examples('sallyport audit prove /var/lib/sallyport gw-1.0/4711 -o 4711.tlog-proof'),
    )
    .action(async (directory: string, entry: string, options: AuditProveOptions) =>
      (await import('./commands/audit-proof.ts')).runAuditProve(host, directory, entry, options),
    );
  audit
    .command('check-proof')
    .description('check such a file, with nothing but keys')
    .argument('<file>')
    .option('--key <key...>', 'keys of the log, or files with them')
    .option('--witness-key <key...>', 'keys of witnesses, or files with them')
    .option('--required <number>', 'so many witnesses must have cosigned (default: all)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('sallyport audit check-proof 4711.tlog-proof --key gw.pub --witness-key w1.pub'),
    )
    .action(async (file: string, options: CheckProofOptions & JsonOption) => {
      const { runCheckProof } = await import('./commands/audit-proof.ts');
      setExitCode(await runCheckProof(host, file, options));
    });
}

function addTiles(audit: Command, host: CliHost): void {
  audit
    .command('tiles')
    .description('lay a log out as tiles and bundles of entries, for tools that read tiled logs')
    .argument('<directory>', "the gateway's data directory, or a copy of its ledger")
    .argument('<log>', 'such as gw-1.0')
    .argument('<output>', 'directory for it')
    .addHelpText('after', examples('sallyport audit tiles /var/lib/sallyport gw-1.0 ./gw-1.0'))
    .action(async (directory: string, log: string, output: string) =>
      (await import('./commands/audit-tiles.ts')).runAuditTiles(host, directory, log, output),
    );
}

function addWitness(program: Command, host: CliHost): void {
  program
    .command('witness')
    .description('cosign the ledgers of gateways: shows later that nobody rewrote them')
    .argument('<directory>', 'where the witness keeps its key and what it cosigned last')
    .option('--listen <address>', 'host:port', '127.0.0.1:7460')
    .option('--name <name>', 'of a new witness: what logs and auditors call it', 'witness')
    .addHelpText(
      'after',
      examples(
        'sallyport witness /var/lib/sallyport-witness --name audit.hospital.example/w1',
        'sallyport witness /var/lib/sallyport-witness --listen 10.0.0.7:7460',
      ),
    )
    .action(async (directory: string, options: WitnessOptions) =>
      (await import('./commands/witness.ts')).runWitness(host, directory, options),
    );
}
