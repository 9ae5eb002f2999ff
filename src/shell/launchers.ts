import { INTERPRETERS, LAUNCHERS } from './launching-programs.ts';
import { mayHaveOption, readOptions } from './program-options.ts';
import {
  hidden,
  type ProgramReader,
  type ProgramReading,
  STARTS_NOTHING,
} from './program-reading.ts';
import { literalTexts, mayBeOption, type ShellWord } from './shell-word.ts';

/** Of programs that start nothing, unless one of these options may be among their arguments. */
const OPTIONS_THAT_START: Readonly<Record<string, string>> = {
  sort: '--compress-program',
  split: '--filter',
  zip: '-T -TT --unzip-command',
  rsync: '-e --rsh --rsync-path -M --remote-option --config --daemon --server',
  scp: '-S -o -F -D -t -f',
  wget: '--use-askpass -e --execute --config',
  curl: '-K --config --engine -E --cert',
  dpkg: '-i --install --unpack --configure --pre-invoke --post-invoke -A -r -P --remove --purge --triggers-only',
  apt: '-o --option -c --config-file',
  'apt-get': '-o --option -c --config-file',
  yum: '-c --config --setopt --plugins --enableplugin',
  dnf: '-c --config --setopt --enableplugin',
  rpm: '-E --eval -D --define --pipe --rcfile --macros --load -i -U -F -e --install --upgrade --erase',
  mount: '-t --types -i',
  iptables: '--modprobe',
  cpio: '--rsh-command --to-command',
  openssl: '-engine -provider -provider-path -config',
  'ssh-keygen': '-D -s -Y',
  mdadm: '--monitor --follow -F --program -p',
  file: '-m --magic-file -z -Z',
  unzip: '-K',
  install: '-s --strip --strip-program',
  rg: '--pre --hostname-bin',
  ag: '--pager',
  xmllint: '--shell -shell',
};

/** Take packages out of files, too; packages hold programs. */
const PACKAGERS = 'apt apt-get yum dnf zypper apk';

/** Start a script that they find by a name, which may lead out of where they look. */
const SERVICE_STARTERS = 'service invoke-rc.d rc-service';

/** tar takes letters without a dash in its first argument. */
const TAR_STARTS =
  '--checkpoint-action --to-command -I --use-compress-program --rsh-command --rmt-command --info-script --new-volume-script -F --index-file -T --files-from --null';

/** Programs that run what their arguments, files or keys say. */
export const LAUNCHER_READERS: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  ...[...wordSet(INTERPRETERS)].map((name): Entry => [name, readInterpreter]),
  ...[...wordSet(Object.values(LAUNCHERS).join(' '))].map((name): Entry => [name, readLauncher]),
  ...Object.keys(OPTIONS_THAT_START).map((name): Entry => [name, readUnless(name)]),
  ...[...wordSet(`${PACKAGERS} ${SERVICE_STARTERS}`)].map(
    (name): Entry => [name, readUnlessFile(name)],
  ),
  ['systemctl', readSystemctl],
  ['tar', readTar],
  ['bsdtar', readTar],
  ['git', readGit],
  ['awk', readAwk],
  ['sed', readSed],
  ['gsed', readSed],
  ['ip', readIp],
]);

type Entry = readonly [string, ProgramReader];

function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** A question to which a program answers with a text. */
function asksOnly(args: readonly ShellWord[]): boolean {
  const [only, ...more] = args;
  return more.length === 0 && only?.kind === 'literal' && /^(?:--version|--help)$/.test(only.text);
}

function readInterpreter(args: readonly ShellWord[]): ProgramReading {
  return asksOnly(args) ? STARTS_NOTHING : hidden('interpreter');
}

function readLauncher(args: readonly ShellWord[]): ProgramReading {
  return asksOnly(args) ? STARTS_NOTHING : hidden('launcher');
}

function readUnless(program: string): ProgramReader {
  const options = OPTIONS_THAT_START[program];
  return (args) =>
    options !== undefined && mayHaveOption(args, options) ? hidden('launcher') : STARTS_NOTHING;
}

function readUnlessFile(program: string): ProgramReader {
  const readOthers = readUnless(program);
  return (args, input) =>
    args.some(({ kind, text }) => kind !== 'literal' || text.includes('/'))
      ? hidden('launcher')
      : readOthers(args, input);
}

function readSystemctl(args: readonly ShellWord[]): ProgramReading {
  const [verb] = args;
  const asks = /^(?:status|show|is-[a-z]+|list-[a-z]+)$/;
  if (verb?.kind === 'literal' && asks.test(verb.text)) return STARTS_NOTHING;
  // Units are edited with an editor, and linked and enabled from files.
  const isPlain = args.every(
    ({ kind, text }) => kind === 'literal' && text !== 'edit' && !text.includes('/'),
  );
  return isPlain ? STARTS_NOTHING : hidden('launcher');
}

function readTar(args: readonly ShellWord[]): ProgramReading {
  const [first] = args;
  const letters = first?.kind === 'literal' && !first.text.startsWith('-') ? first.text : '';
  return /[IFT]/.test(letters) || mayHaveOption(args, TAR_STARTS)
    ? hidden('launcher')
    : STARTS_NOTHING;
}

/** `ip netns exec` and `ip vrf exec`, whose words can be shortened; `-batch` reads commands. */
function readIp(args: readonly ShellWord[]): ProgramReading {
  const isPlain = args.every(
    ({ kind, text }) =>
      kind === 'literal' && !/^(?:net|netn|netns|v|vr|vrf|-b.*|-f.*|-n.*)$/.test(text),
  );
  return isPlain ? STARTS_NOTHING : hidden('launcher');
}

/** Subcommands that run no hooks. Aliases, configured helpers and hooks can run anything. */
const GIT_PLAIN = wordSet(`
  status log diff show branch tag add stash rev-parse rev-list ls-files ls-tree cat-file describe remote blame shortlog reflog
  init rm mv clean fsck version`);

/** Options that start a program, or name one. They may be shortened as far as they are no other's beginning. */
const GIT_STARTS =
  '--config --exec --upload-pack --receive-pack --ext-diff --textconv --template --open-files-in-pager --output --recurse-submodules --edit --edit-description --patch --interactive --local-user';

/** What of its subcommands asks another host, or starts an editor or a program that signs. Letters may stand together. */
function startsForGit(subcommand: string, rest: readonly string[]): boolean {
  const has = (pattern: RegExp): boolean => rest.some((text) => pattern.test(text));
  switch (subcommand) {
    case 'remote': {
      const verb = rest.find((text) => !text.startsWith('-')) ?? 'get-url';
      const isLocal = /^(?:add|remove|rm|rename|get-url|set-url|set-branches)$/.test(verb);
      return !isLocal || has(/^-[a-zA-Z]*f|^--f/);
    }
    case 'tag': {
      const hasMessage = has(/^-[a-zA-Z]*[mF]|^--(?:m|fi)/);
      return (
        has(/^-[a-zA-Z]*[sv]|^-[^-mF]*[eu]|^--(?:s|ve)/) || (has(/^-[^-mF]*a|^--a/) && !hasMessage)
      );
    }
    case 'add':
      return has(/^-[^-]*[eip]/);
    case 'stash':
      return has(/^-[^-m]*p/);
    case 'clean':
      return has(/^-[^-e]*i/);
    default:
      return false;
  }
}

function readGit(args: readonly ShellWord[]): ProgramReading {
  const texts = literalTexts(args);
  if (texts === undefined) return hidden('launcher');
  const [subcommand = '', ...rest] = texts[0] === '-C' ? texts.slice(2) : texts;
  if (subcommand === '--version') return STARTS_NOTHING;
  const isPlain =
    GIT_PLAIN.has(subcommand) &&
    !startsForGit(subcommand, rest) &&
    // That is an option of its own.
    !mayHaveOption(
      args.filter(({ text }) => text !== '--text'),
      GIT_STARTS,
    ) &&
    !rest.some(
      (text) =>
        text.includes('::') ||
        /^-(?:[cuxO]|-config|-exec|-upload|-receive|-ext-diff|-textconv|-template|-open|-output|-recurse|-edit|-patch|-interactive|[pie]$)/.test(
          text,
        ),
    );
  const directories = texts[0] === '-C' ? args.slice(1, 2) : [];
  return isPlain ? { directories } : hidden('launcher');
}

/** What awk can do beside printing what it is given: run commands, read and write other files, load libraries. */
const AWK_ACTS = /system|getline|ARG[VC]|[|>@]/;

function readAwk(args: readonly ShellWord[]): ProgramReading {
  if (asksOnly(args)) return STARTS_NOTHING;
  const read = readOptions(args, { short: 'F:v:' });
  const program = read?.rest[0];
  return program?.kind !== 'literal' || AWK_ACTS.test(program.text)
    ? hidden('interpreter')
    : STARTS_NOTHING;
}

const SED_ADDRESS = String.raw`(?:\d+|\$|/(?:[^/\\\n]|\\[^\n])*/)`;
const SED_COMMAND = String.raw`(?:[pdqDGHhgnNPxl=]|(?:s/(?:[^/\\\n]|\\[^\n])*/(?:[^/\\\n]|\\[^\n])*/[gpiI0-9]*|s\|(?:[^|\\\n]|\\[^\n])*\|(?:[^|\\\n]|\\[^\n])*\|[gpiI0-9]*|s#(?:[^#\\\n]|\\[^\n])*#(?:[^#\\\n]|\\[^\n])*#[gpiI0-9]*))`;
/** Printing, deleting and replacing; neither `e` nor `w` nor `r`. */
const SED_PLAIN = new RegExp(
  `^\\s*(?:(?:${SED_ADDRESS}(?:,${SED_ADDRESS})?)?!?${SED_COMMAND}[ ]*(?:[;\\n][ ]*|$))*$`,
);

function readSed(args: readonly ShellWord[]): ProgramReading {
  if (asksOnly(args)) return STARTS_NOTHING;
  const read = readOptions(args, {
    short: 'nrEsuzi::e:',
    long: 'quiet silent regexp-extended in-place in-place= expression= separate unbuffered null-data posix',
  });
  if (read === undefined) return hidden('interpreter');
  // Options may stand behind the files, too.
  if (read.rest.slice(1).some(mayBeOption)) return hidden('interpreter');
  const named = read.options.flatMap(({ name, value }) =>
    name === 'e' || name === 'expression' ? [value] : [],
  );
  const scripts = named.length > 0 ? named : read.rest.slice(0, 1);
  const isPlain = scripts.every((word) => word?.kind === 'literal' && SED_PLAIN.test(word.text));
  return isPlain && scripts.length > 0 ? STARTS_NOTHING : hidden('interpreter');
}
