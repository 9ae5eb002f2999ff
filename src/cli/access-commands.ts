import { Argument, type Command, Option } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { DelegationCreateOptions, DelegationListOptions } from './commands/delegations.ts';
import type {
  GrantExtendOptions,
  GrantKindOptions,
  GrantListOptions,
  GrantRevokeOptions,
} from './commands/grants.ts';
import type { RequestOptions } from './commands/request.ts';
import type { ReviewListOptions, VerdictOptions } from './commands/reviews.ts';

const KINDS = ['operation', 'grant', 'break-glass'] as const;
const STATES = [
  'pending',
  'approved',
  'used',
  'granted',
  'rejected',
  'expired',
  'withdrawn',
  'unreviewed',
  'reviewed',
] as const;

const REQUEST_ID = 'id of an access request, such as req_…';
const GRANT_ID = 'id of a grant, such as gr_…';

/** Asking for access, agreeing to it, and standing in for each other. */
export function addAccessRequests(program: Command, host: CliHost): void {
  addReviews(program, host);
  addRequest(program, host);
  addGrants(program, host);
  addDelegations(program, host);
}

function addReviews(program: Command, host: CliHost): void {
  const reviews = program.command('reviews').description('look at access requests and review them');
  reviews
    .command('list')
    .description('list the access requests that wait for you')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--mine', 'those that you made')
    .option('--all', 'all that you may read')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(KINDS))
    .addOption(new Option('--state <state>', 'only in this state').choices(STATES))
    .option('--target <name>', 'only on this target')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('sallyport reviews list', 'sallyport reviews list --mine --state pending'),
    )
    .action(async (options: ReviewListOptions) =>
      (await import('./commands/reviews.ts')).runReviewsList(host, options),
    );
  reviews
    .command('show')
    .description('show what is asked for: who, what exactly, why it needs a review')
    .addArgument(new Argument('<request>', REQUEST_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport reviews show req_4yHhpLVw2cJ0Ow9vXk3ZQg'))
    .action(async (id: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/reviews.ts')).runReviewsShow(host, id, options),
    );
  reviews
    .command('approve')
    .description('agree to an access request')
    .addArgument(new Argument('<request>', REQUEST_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--comment <text>', 'what the requester is told')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport reviews approve req_4yHhpLVw2cJ0Ow9vXk3ZQg'))
    .action(async (id: string, options: VerdictOptions) =>
      (await import('./commands/reviews.ts')).runVerdict(host, id, 'approve', options),
    );
  reviews
    .command('reject')
    .description('turn an access request down')
    .addArgument(new Argument('<request>', REQUEST_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--comment <text>', 'why; the requester is told')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        "sallyport reviews reject req_4yHhpLVw2cJ0Ow9vXk3ZQg --comment 'use the reporting view'",
      ),
    )
    .action(async (id: string, options: VerdictOptions) =>
      (await import('./commands/reviews.ts')).runVerdict(host, id, 'reject', options),
    );
  reviews
    .command('withdraw')
    .description('take back an access request of your own')
    .addArgument(new Argument('<request>', REQUEST_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport reviews withdraw req_4yHhpLVw2cJ0Ow9vXk3ZQg'))
    .action(async (id: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/reviews.ts')).runWithdraw(host, id, options),
    );
}

function addRequest(program: Command, host: CliHost): void {
  program
    .command('request')
    .description('ask for a grant: a permission with an end')
    .argument('<grant>', 'its name; sallyport grants kinds lists them')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--target <name>', 'where it is to hold')
    .requiredOption('--for <duration>', 'how long, such as 1h')
    .requiredOption('--reason <text>', 'why; reviewers are told')
    .option('--break-glass', 'take it now; it is reviewed afterwards')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        "sallyport request on-call --target hospital --for 1h --reason 'incident 4711'",
        "sallyport request on-call --target hospital --for 30m --reason 'patient at risk' --break-glass",
      ),
    )
    .action(async (grant: string, options: RequestOptions) =>
      (await import('./commands/request.ts')).runRequest(host, grant, options),
    );
}

function addGrants(program: Command, host: CliHost): void {
  const grants = program.command('grants').description('look at grants, prolong and end them');
  grants
    .command('list')
    .description('list the grants in force that you may see')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--mine', 'only your own')
    .option('--all', 'those that have ended, too')
    .option('--target <name>', 'only on this target')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport grants list --mine'))
    .action(async (options: GrantListOptions) =>
      (await import('./commands/grants.ts')).runGrantsList(host, options),
    );
  grants
    .command('kinds')
    .description('list the grants that can be asked for')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--target <name>', 'say what would become of a request on this target')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport grants kinds --target hospital'))
    .action(async (options: GrantKindOptions) =>
      (await import('./commands/grants.ts')).runGrantKinds(host, options),
    );
  grants
    .command('extend')
    .description('ask that a grant lasts longer')
    .addArgument(new Argument('<grant>', GRANT_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--for <duration>', 'how much longer, such as 1h')
    .requiredOption('--reason <text>', 'why; reviewers are told')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples("sallyport grants extend gr_pHk0x1Vb9nC2mQ7sT4uRzA --for 1h --reason 'still at it'"),
    )
    .action(async (id: string, options: GrantExtendOptions) =>
      (await import('./commands/grants.ts')).runGrantsExtend(host, id, options),
    );
  grants
    .command('revoke')
    .description('end a grant before its time, or give your own back')
    .addArgument(new Argument('<grant>', GRANT_ID))
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--reason <text>', 'why')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples("sallyport grants revoke gr_pHk0x1Vb9nC2mQ7sT4uRzA --reason 'incident is over'"),
    )
    .action(async (id: string, options: GrantRevokeOptions) =>
      (await import('./commands/grants.ts')).runGrantsRevoke(host, id, options),
    );
}

function addDelegations(program: Command, host: CliHost): void {
  const delegations = program
    .command('delegations')
    .description('let somebody else review in your place');
  delegations
    .command('list')
    .description('list the delegations from you and to you')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--all', 'those that have ended, too')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport delegations list'))
    .action(async (options: DelegationListOptions) =>
      (await import('./commands/delegations.ts')).runDelegationsList(host, options),
    );
  delegations
    .command('create')
    .description('let somebody review in your place for a while')
    .argument('<principal>', 'id of the other, <provider>:<subject>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .requiredOption('--for <duration>', 'how long, such as 5d')
    .requiredOption('--reason <text>', 'why')
    .option('--group <name...>', 'only for these groups of yours (default: all)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('sallyport delegations create staff:8f2c --for 5d --reason vacation'),
    )
    .action(async (to: string, options: DelegationCreateOptions) =>
      (await import('./commands/delegations.ts')).runDelegationsCreate(host, to, options),
    );
  delegations
    .command('end')
    .description('end a delegation before its time')
    .argument('<delegation>', 'its id, such as del_…')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport delegations end del_2nZk8sQ5rT1vW4xY7aB0cD'))
    .action(async (id: string, options: GatewayOption & JsonOption) =>
      (await import('./commands/delegations.ts')).runDelegationsEnd(host, id, options),
    );
}
