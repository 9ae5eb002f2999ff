import type { Facts } from '../../policy/operation.ts';
import type { ChannelContext, ChannelOperation } from './channel-handler.ts';
import type { SshOperation } from './operation-clearance.ts';

/** What a client starts in a channel, for policies and people; undefined where starting it does nothing. */
export function describeOperation(
  operation: ChannelOperation,
  { account, environment, terminal }: ChannelContext,
): SshOperation | undefined {
  if (operation.kind === 'subsystem') return undefined;
  const text = operation.kind === 'exec' ? operation.command : '';
  const facts: Facts = {
    account,
    protocol: 'ssh',
    text,
    commands: [],
    subcommands: [],
    effects: [],
    paths: [],
    reads: [],
    writes: [],
    opaque: true,
    pipeline: false,
    observed: false,
    recognised: '',
  };
  return {
    actions: [{ action: operation.kind === 'exec' ? 'ssh.exec' : 'ssh.shell', facts }],
    text,
    meaning: {
      account,
      environment: JSON.stringify([...environment]),
      terminal: terminal === undefined ? 'no' : 'yes',
    },
    ...(environment.size > 0 && { detail: { environment: [...environment.keys()] } }),
  };
}
