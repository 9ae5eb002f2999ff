import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

/** `sallyport completion`: prints a script for the shell, made from the commands themselves. */
export function runCompletion({ terminal }: CliHost, program: Command, shell: string): void {
  const words = new Map<string, readonly string[]>();
  collect(program, '', words);
  switch (shell) {
    case 'bash':
      return terminal.print(formatBash(words));
    case 'zsh':
      return terminal.print(`autoload -U +X bashcompinit && bashcompinit\n${formatBash(words)}`);
  }
  throw new CliError(EXIT.usage, 'The shell must be bash or zsh');
}

/** Commands and options that can follow each command, by its path. */
function collect(command: Command, path: string, words: Map<string, readonly string[]>): void {
  const visible = command.commands.filter((child) => child.name() !== 'help');
  const options = command.options.flatMap(({ long }) => long ?? []);
  words.set(path, [...visible.map((child) => child.name()), ...options, '--help']);
  for (const child of visible) collect(child, `${path}/${child.name()}`, words);
}

function formatBash(words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words].map(([path, list]) => `    '${path}') words='${list.join(' ')}' ;;`);
  const paths = [...words.keys()].filter((path) => path !== '');
  return `_sallyport() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path/$word" in
      ${paths.map((path) => `'${path}'`).join('|')}) path="$path/$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sallyport sallyport`;
}
