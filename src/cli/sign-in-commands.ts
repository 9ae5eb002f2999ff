import type { Command } from 'commander';
import type { CliHost, GatewayOption, JsonOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP, JSON_HELP } from './command-help.ts';
import type { LoginCommandOptions, TokenOptions } from './commands/sign-in.ts';
import type { SshConfigOptions } from './commands/ssh-config.ts';

/** Signing in, and what is got for it. */
export function addSignIn(program: Command, host: CliHost): void {
  program
    .command('login')
    .description('sign in with your identity provider')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--device', 'sign in by a code, with a browser on any machine')
    .option('--browser', "sign in with this machine's browser")
    .option('--ca <file>', "authority that signed the gateway's certificate, PEM")
    .option('--ca-sha256 <fingerprint>', 'SHA-256 of that authority, to fetch and check it')
    .option('--ssh-config', 'have ~/.ssh/config include what is written for SSH')
    .addHelpText(
      'after',
      examples(
        'sallyport login --gateway https://gateway.example.org:8443',
        'sallyport login --device',
        'sallyport login --gateway https://127.0.0.1:8443 --ca ca.crt',
      ),
    )
    .action(async (options: LoginCommandOptions) =>
      (await import('./commands/sign-in.ts')).runLogin(host, options),
    );
  program
    .command('logout')
    .description('end the sign-in and forget its tokens')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .addHelpText('after', examples('sallyport logout'))
    .action(async (options: GatewayOption) =>
      (await import('./commands/sign-in.ts')).runLogout(host, options),
    );
  program
    .command('whoami')
    .description('show whom the gateway takes you for')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport whoami', 'sallyport whoami --json'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/sign-in.ts')).runWhoami(host, options),
    );
  program
    .command('token')
    .description('print a short-lived token to use as password')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--lifetime <duration>', 'such as 15m; shorter than the gateway allows at most')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport token --lifetime 15m'))
    .action(async (options: TokenOptions) =>
      (await import('./commands/sign-in.ts')).runToken(host, options),
    );
  addTokens(program, host);
  program
    .command('ssh-config')
    .description(
      "print what OpenSSH's configuration needs, and renew the certificate when it is due",
    )
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--add', 'have ~/.ssh/config include it')
    .addHelpText('after', examples('sallyport ssh-config', 'sallyport ssh-config --add'))
    .action(async (options: SshConfigOptions) =>
      (await import('./commands/ssh-config.ts')).runSshConfig(host, options),
    );
}

function addTokens(program: Command, host: CliHost): void {
  const tokens = program
    .command('tokens')
    .description("look at your tokens and SSH certificates of the gateway's");
  tokens
    .command('list')
    .description('list those that still count, newest first')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('sallyport tokens list'))
    .action(async (options: GatewayOption & JsonOption) =>
      (await import('./commands/tokens.ts')).runTokensList(host, options),
    );
  tokens
    .command('end')
    .description('end one early')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .argument('<id>')
    .addHelpText('after', examples('sallyport tokens end tok_aHk2…'))
    .action(async (id: string, options: GatewayOption) =>
      (await import('./commands/tokens.ts')).runTokensEnd(host, id, options),
    );
}
