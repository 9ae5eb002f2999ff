import type { Command } from 'commander';
import type { CliHost } from '../command-context.ts';

/** What is not there yet where somebody's own configuration has not asked for it. */
const BEGIN_IN_ZSH = `whence compdef >/dev/null || { autoload -U compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit`;

export type CompletedShell = 'bash' | 'zsh' | 'fish';

/** `sallyport completion`: prints a script for the shell, made from the commands themselves. */
export function runCompletion(
  { terminal }: CliHost,
  program: Command,
  shell: CompletedShell,
): void {
  const words = new Map<string, readonly string[]>();
  collect(program, '', words);
  switch (shell) {
    case 'bash':
      return terminal.print(formatBash(words));
    case 'zsh':
      return terminal.print(`${BEGIN_IN_ZSH}\n${formatBash(words)}`);
    case 'fish':
      return terminal.print(formatFish(words));
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
  const cases = [...words].map(([path, list]) => `    '${path}') offered='${list.join(' ')}' ;;`);
  const paths = [...words.keys()].filter((path) => path !== '');
  // No variable may be called as one of zsh's own is: its `path` is where programs are looked for.
  return `_sallyport() {
  local command='' offered='' typed
  for typed in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$command/$typed" in
      ${paths.map((path) => `'${path}'`).join('|')}) command="$command/$typed" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sallyport sallyport`;
}

function formatFish(words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words].map(([path, list]) => {
    const offered = `    case '${path}'\n      printf '%s\\n' ${list.join(' ')}`;
    const isLast = list.every((word) => word.startsWith('--'));
    return isLast ? `${offered}\n      __fish_complete_path (commandline -ct)` : offered;
  });
  const paths = [...words.keys()].filter((path) => path !== '');
  return `function _sallyport
  set -l command ''
  for typed in (commandline -opc)[2..]
    switch "$command/$typed"
      case ${paths.map((path) => `'${path}'`).join(' ')}
        set command "$command/$typed"
    end
  end
  switch "$command"
${cases.join('\n')}
  end
end
complete --command sallyport --no-files --arguments '(_sallyport)'`;
}
