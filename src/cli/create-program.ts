import { Argument, Command } from 'commander';
import { addAccessRequests } from './access-commands.ts';
import { addAudit } from './audit-commands.ts';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { ApplyOptions } from './commands/apply.ts';
import type { CompletedShell } from './commands/completion.ts';
import type { ConnectOptions } from './commands/connect.ts';
import type { DemoCommandOptions } from './commands/demo.ts';
import type { DiscoverOptions } from './commands/discover.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { ExplainOptions } from './commands/explain.ts';
import type { GatewayOptions } from './commands/gateway.ts';
import type { GatewayReloadOptions } from './commands/gateway-reload.ts';
import type { PatientsWhoSawOptions } from './commands/patients.ts';
import type { PsqlOptions } from './commands/psql.ts';
import type { ReportOptions } from './commands/report.ts';
import type { SecretOptions } from './commands/secret.ts';
import { addConnectors } from './connector-commands.ts';
import { addExports } from './export-commands.ts';
import { addGateways } from './gateway-commands.ts';
import { addKeys } from './key-commands.ts';
import { addKube } from './kube-commands.ts';
import { addSessions } from './session-commands.ts';
import { addSignIn } from './sign-in-commands.ts';

/** Sets the exit code of a command that did its work and still has bad news. */
export type SetExitCode = (code: number) => void;

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 refused, 5 gateway or provider unreachable,
6 differs (diff), 130 interrupted, 141 output not read to its end.
Environment: SALLYPORT_GATEWAY (URL), SALLYPORT_TOKEN (token to present, for jobs), NO_COLOR.`;

/**
 * All commands. Each loads its own code when it runs, so that `--help` and completion start fast.
 */
export function createProgram(host: CliHost, setExitCode: SetExitCode): Command {
  const program = new Command('sallyport')
    .description('The one door to systems that hold protected health information')
    .version(host.version, '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', EXIT_CODES);
  addSignIn(program, host);
  addKube(program, host);
  addAccess(program, host, setExitCode);
  addExplain(program, host, setExitCode);
  addAccessRequests(program, host);
  addSessions(program, host, setExitCode);
  addKeys(program, host, setExitCode);
  addAudit(program, host, setExitCode);
  addGateways(program, host);
  addConnectors(program, host, setExitCode);
  addExports(program, host, setExitCode);
  addReports(program, host, setExitCode);
  addPatients(program, host);
  addConfiguration(program, host, setExitCode);
  addSharedConfiguration(program, host, setExitCode);
  addSecret(program, host);
  addOperations(program, host, setExitCode);
  program
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples('source <(sallyport completion bash)', 'sallyport completion fish | source'),
    )
    .action(async (shell: CompletedShell) => {
      const { runCompletion } = await import('./commands/completion.ts');
      runCompletion(host, program, shell);
    });
  return program;
}

function addAccess(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  program
    .command('targets')
    .description('list the targets that you may connect to')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport targets'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/targets.ts')).runTargets(host, options),
    );
  program
    .command('psql')
    .description('open psql on a target')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--reason <text>', 'why; reviewers of what waits are told')
    .argument('<target>', 'target, or target/database')
    .argument('[arguments...]', 'passed to psql as they are')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        'sallyport psql hospital',
        "sallyport psql hospital -c 'select count(*) from patients'",
        "sallyport psql --reason 'duplicate chart, ticket 4711' hospital",
      ),
    )
    .action(async (target: string, args: string[], options: PsqlOptions) => {
      const { runPsql } = await import('./commands/psql.ts');
      // The dashes only set psql's arguments apart from ours.
      const own = args[0] === '--' ? args.slice(1) : args;
      setExitCode(await runPsql(host, target, own, options));
    });
  program
    .command('connect')
    .description('open a local port to a target, for tools with a window')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<target>', 'target, or target/database')
    .option('--port <number>', 'local port (default: any free one)')
    .option('--any-password', 'let anybody on this machine in who finds the port')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport connect hospital --port 15432'))
    .action(async (target: string, options: ConnectOptions) =>
      (await import('./commands/connect.ts')).runConnect(host, target, options),
    );
}

function addExplain(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  program
    .command('explain')
    .description(
      'show what would become of a statement, a command on a host or a request: decisions, facts, masks; runs nothing',
    )
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<target>', 'target, or target/database')
    .argument('[url]', 'of a request: its path and query, or its URL')
    .option('-c, --command <text>', 'the statement (default: standard input), or the body')
    .option('-f, --file <file>', 'a file with it')
    .option('--database <name>', "database (default: the target's own)")
    .option('-X, --method <method>', 'of a request (default: GET, with a body POST)')
    .option(
      '-H, --header <field>',
      'field of a request, "Name: value"; may be given again',
      (field: string, before?: readonly string[]) => [...(before ?? []), field],
    )
    .option(
      '--answer-type <type>',
      'media type of the answer to a request (default: as Accept says)',
    )
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        "sallyport explain hospital -c 'select * from patients'",
        'sallyport explain hospital -f report.sql --json',
        "sallyport explain reports -c 'systemctl stop billing'",
        "sallyport explain fhir '/Patient?birthdate=1970-01-01'",
        'sallyport explain fhir /Patient -f patient.json -H "Content-Type: application/fhir+json"',
        'sallyport explain ward /api/v1/namespaces/web/secrets',
      ),
    )
    .action(async (name: string, url: string | undefined, options: ExplainOptions) => {
      const { runExplain } = await import('./commands/explain.ts');
      setExitCode(await runExplain(host, { name, url }, options));
    });
}

function addReports(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const reports = program
    .command('report')
    .description('reports for auditors, from the ledger alone');
  reports
    .command('hipaa')
    .description('evidence for the HIPAA Security and Privacy Rules')
    .argument('<directory>', "the gateway's data directory, or a copy of its ledger")
    .requiredOption('--from <start>', 'an instant, or a duration back from now such as 90d')
    .option('--to <end>', 'an instant; default: now')
    .option('--format <format...>', 'html, pdf, csv; default: all')
    .option(
      '--public-key <key...>',
      'verifier keys, or files with them, kept outside of the gateway',
    )
    .option('--out <directory>', 'where the files go', 'report')
    .addHelpText(
      'after',
      examples('sallyport report hipaa /var/lib/sallyport --from 2026-01-01 --to 2026-04-01'),
    )
    .action(async (directory: string, options: ReportOptions) => {
      const { runHipaaReport } = await import('./commands/report.ts');
      setExitCode(await runHipaaReport(host, directory, options));
    });
}

function addPatients(program: Command, host: CliHost): void {
  const patients = program.command('patients').description('find out who saw whose data');
  patients
    .command('who-saw')
    .description('list the results that showed rows of one patient, by the ledger')
    .argument('<target>', 'target, as in its file')
    .argument(
      '<id>',
      "the patient's id as the columns of patientKeys hold it, or - to read it from standard input",
    )
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--config <directory>', 'read the files of the ledger that is configured there')
    .option('--ledger <directory>', 'read the files of a copy of the ledger')
    .option('--pseudonym <value...>', 'what masks made of the id; only with files')
    .option('--since <start>', 'a duration such as 24h, or an instant')
    .option('--all', 'also results that do not show whose rows they read')
    .option('--json', 'print one JSON object for each result')
    .addHelpText(
      'after',
      examples(
        'sallyport patients who-saw hospital 4711 --since 720h',
        'sallyport patients who-saw hospital 4711 --config /etc/sallyport',
        'sallyport patients who-saw hospital - < id.txt',
      ),
    )
    .action(async (target: string, id: string, options: PatientsWhoSawOptions) =>
      (await import('./commands/patients.ts')).runPatientsWhoSaw(host, target, id, options),
    );
}

function addConfiguration(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const directory = ['[directory]', 'configuration directory', '.'] as const;
  program
    .command('check')
    .description('validate a configuration directory, and run its policy tests')
    .argument(...directory)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport check /etc/sallyport'))
    .action(async (path: string, options: JsonOption) => {
      const { runCheck } = await import('./commands/check.ts');
      setExitCode(await runCheck(host, path, options));
    });
  program
    .command('discover')
    .description('propose what the columns of a target hold, by its catalog and some of its values')
    .argument('<target>', 'target, or target/database')
    .option('--config <directory>', 'configuration directory', '.')
    .option('--write', "add the proposal to the target's file; what is decided there stays")
    .option('--samples <number>', 'rows of each relation that are looked at (default: 1000)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'sallyport discover hospital --config /etc/sallyport',
        'sallyport discover hospital --config /etc/sallyport --write',
      ),
    )
    .action(async (target: string, options: DiscoverOptions) => {
      const { runDiscover } = await import('./commands/discover.ts');
      setExitCode(await runDiscover(host, target, options));
    });
  const policy = program.command('policy').description('check and test policies');
  policy
    .command('test')
    .description('run policies/tests/*.yaml')
    .argument(...directory)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport policy test /etc/sallyport'))
    .action(async (path: string, options: JsonOption) => {
      const { runPolicyTest } = await import('./commands/policy.ts');
      setExitCode(await runPolicyTest(host, path, options));
    });
  policy
    .command('check')
    .description('validate policies against the schema')
    .argument(...directory)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport policy check /etc/sallyport'))
    .action(async (path: string, options: JsonOption) => {
      const { runPolicyCheck } = await import('./commands/policy.ts');
      setExitCode(await runPolicyCheck(host, path, options));
    });
}

function addSharedConfiguration(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  program
    .command('apply')
    .description('have all gateways that joined the store take a configuration directory')
    .argument('<directory>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--dry-run', 'only say what would change')
    .option('--expect <version>', 'apply only if this is the newest version')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport apply . --expect 12'))
    .action(async (directory: string, options: ApplyOptions) => {
      const { runApply } = await import('./commands/apply.ts');
      setExitCode(await runApply(host, directory, options));
    });
  program
    .command('diff')
    .description(
      'say what applying a configuration directory would change: exit code 6 if anything',
    )
    .argument('<directory>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport diff .'))
    .action(async (directory: string, options: GatewayOption & JsonOption) => {
      const { runDiff } = await import('./commands/apply.ts');
      setExitCode(await runDiff(host, directory, options));
    });
}

function addSecret(program: Command, host: CliHost): void {
  const secret = program.command('secret').description("keep targets' secrets in the local vault");
  const config = ['--config <directory>', 'configuration directory', '.'] as const;
  secret
    .command('set')
    .description('set a secret: the value is asked for, or read from standard input')
    .argument('<name>')
    .option(...config)
    .addHelpText(
      'after',
      examples('sallyport secret set hospital-password', 'sallyport secret set key < key.pem'),
    )
    .action(async (name: string, options: SecretOptions) =>
      (await import('./commands/secret.ts')).runSecretSet(host, name, options),
    );
  secret
    .command('list')
    .description('list names, never values')
    .option(...config)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport secret list'))
    .action(async (options: SecretOptions & JsonOption) =>
      (await import('./commands/secret.ts')).runSecretList(host, options),
    );
  secret
    .command('remove')
    .description('remove a secret')
    .argument('<name>')
    .option(...config)
    .addHelpText('after', examples('sallyport secret remove hospital-password'))
    .action(async (name: string, options: SecretOptions) =>
      (await import('./commands/secret.ts')).runSecretRemove(host, name, options),
    );
}

function addOperations(program: Command, host: CliHost, setExitCode: SetExitCode): void {
  const gateway = program
    .command('gateway')
    .description('run a gateway until it is told to stop')
    .option('--config <directory>', 'configuration directory', '.')
    .option('--join <reference>', 'take the configuration from this store (env:NAME, file:path)')
    .option('--name <name>', 'with --join: name of this gateway')
    .option('--data <directory>', 'with --join: its data directory')
    .option('--masking-key <reference>', 'with --join (default: env:SALLYPORT_MASKING_KEY)')
    .option('--initial <directory>', 'with --join: what the store is given if it has none yet')
    .option('--listen <kind=host:port...>', 'with --join: addresses of its own')
    .option('--advertise <host:port>', 'with --join: where other gateways find it')
    .addHelpText(
      'after',
      examples(
        'sallyport gateway --config /etc/sallyport',
        'sallyport gateway --join env:SALLYPORT_STORE --name gw-2 --data /var/lib/sallyport',
      ),
    )
    .action(async (options: GatewayOptions) => {
      const { chooseGateway } = await import('./commands/gateway.ts');
      setExitCode(await host.programs.runGateway(chooseGateway(host, options)));
    });
  gateway
    .command('reload')
    .description('have the gateway of this machine read its configuration again')
    .option('--config <directory>', 'configuration directory', '.')
    .option('--data <directory>', 'data directory of a gateway that joined a store')
    .option('--restart', 'replace the processes that serve sessions, too, one after another')
    .addHelpText('after', examples('sallyport gateway reload --restart --config /etc/sallyport'))
    .action(async (options: GatewayReloadOptions) =>
      (await import('./commands/gateway-reload.ts')).runGatewayReload(host, options),
    );
  program
    .command('doctor')
    .description('find out what is wrong, and what to do about it')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--config <directory>', 'look at this machine as the gateway of this configuration')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport doctor', 'sallyport doctor --config /etc/sallyport'))
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('./commands/doctor.ts');
      setExitCode(await runDoctor(host, options));
    });
  program
    .command('demo')
    .description('start a hospital, an identity provider and a gateway on this machine')
    .option('--tour', 'try everything, say how each step went, and end')
    .option('--patients <number>', 'made up for the hospital (default: 5000)')
    .addHelpText('after', examples('sallyport demo', 'sallyport demo --tour'))
    .action(async (options: DemoCommandOptions) => {
      const { runDemo } = await import('./commands/demo.ts');
      setExitCode(await runDemo(host, options));
    });
}
