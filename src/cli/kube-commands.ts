import type { Command } from 'commander';
import type { CliHost, GatewayOption } from './command-context.ts';
import { examples, GATEWAY_FLAG, GATEWAY_HELP } from './command-help.ts';
import type { KubeLoginOptions } from './commands/kube.ts';

/** What kubectl and other clients of Kubernetes need. */
export function addKube(program: Command, host: CliHost): void {
  const kube = program.command('kube').description('use kubectl with a cluster behind the gateway');
  kube
    .command('login')
    .description("add a cluster to kubectl's configuration, and make it the current one")
    .argument('<target>')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .option('--context <name>', 'what kubectl calls it; by default as the target')
    .option('--kubeconfig <file>', "in the place of kubectl's own")
    .addHelpText(
      'after',
      examples('sallyport kube login ward', 'sallyport kube login ward --context hospital-ward'),
    )
    .action(async (target: string, options: KubeLoginOptions) =>
      (await import('./commands/kube.ts')).runKubeLogin(host, target, options),
    );
  kube
    .command('credential')
    .description('print a token as kubectl asks its credential plugins for it')
    .option(GATEWAY_FLAG, GATEWAY_HELP)
    .addHelpText('after', examples('sallyport kube credential'))
    .action(async (options: GatewayOption) =>
      (await import('./commands/kube.ts')).runKubeCredential(host, options),
    );
}
