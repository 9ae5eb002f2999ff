import type { Command } from 'commander';
import type { CliHost } from '../command-context.ts';

/** What is not there yet where somebody's own configuration has not asked for it. */
const BEGIN_IN_ZSH = `whence compdef >/dev/null || { autoload -U compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit`;

/** `sallyport completion`: prints a script for the shell, made from the commands themselves. */
export function runCompletion(
  { terminal }: CliHost,
  program: Command,
  shell: 'bash' | 'zsh',
): void {
  const words = new Map<string, readonly string[]>();
  collect(program, '', words);
  switch (shell) {
    case 'bash':
      return terminal.print(formatBash(words));
    case 'zsh':
      return terminal.print(`${BEGIN_IN_ZSH}\n${formatBash(words)}`);
  }
}

/** Commands and options that can follow each command, by its path. */
function collect(command: Command, path: string, words: Map<string, readonly string[]>): void {
  const visible = command.commands.filter((child) => child.name() !== 'help');
  const options = command.options.flatMap(({ long }) => long ?? []);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  words.set(path, [...visible.map((child) => child.name()), ...choices, ...options, '--help']);
  for (const child of visible) collect(child, `${path}/${child.name()}`, words);
}

function formatBash(words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words].map(([path, list]) => `    '${path}') words='${list.join(' ')}' ;;`);
  const paths = [...words.keys()].filter((path) => path !== '');
  return `_sallyport() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
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
