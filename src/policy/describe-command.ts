import type { CommandFacts } from '../shell/command-facts.ts';
import type { Facts } from './operation.ts';

/** What policies are told of a command, but for who runs it where and `observed`. */
export function describeCommand(text: string, facts: CommandFacts): Facts {
  const { commands, subcommands, effects, paths, reads, writes } = facts;
  return {
    text,
    commands,
    subcommands,
    effects,
    paths,
    reads,
    writes,
    opaque: facts.reasons.length > 0,
    pipeline: facts.hasPipeline,
    recognised: facts.recognised?.kind ?? '',
  };
}
