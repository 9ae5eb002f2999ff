import { readPlainCommand } from './plain-command.ts';
import type { ShellWord } from './shell-word.ts';

/** The far end of a program that copies, started by the near end in the form that it always has. */
export type RecognisedCommand =
  | ScpCommand
  | {
      readonly kind: 'rsync';
      /** `source`: it sends files of the host. */
      readonly direction: 'source' | 'sink';
      readonly paths: readonly ShellWord[];
      /** Files at the near end's behest: `--delete…`, `--remove-source-files`. */
      readonly deletes: boolean;
    }
  | {
      readonly kind: 'git';
      /** `source`: clone and fetch; `sink`: push. */
      readonly direction: 'source' | 'sink';
      readonly paths: readonly [ShellWord];
    }
  | { readonly kind: 'sftp-server' };

/** The far end of scp in its own protocol (`scp -O`, and clients before OpenSSH 9.0). */
export interface ScpCommand {
  readonly kind: 'scp';
  /** `source` (`-f`): it sends files of the host; `sink` (`-t`): it takes files. */
  readonly direction: 'source' | 'sink';
  readonly isRecursive: boolean;
  /** Times and modes go with the files. */
  readonly preservesTimes: boolean;
  /** The last path has to be a directory. */
  readonly needsDirectory: boolean;
  readonly isVerbose: boolean;
  /** One for `sink`; for `source` one or more, patterns among them. */
  readonly paths: readonly ShellWord[];
}

/** Finds out whether a text is what a client that copies sends. Anything else is an ordinary command. */
export function recogniseCommand(text: string): RecognisedCommand | undefined {
  // Most texts are decided by how they begin.
  if (!/^(?:scp|rsync|git|\/)/.test(text)) return undefined;
  const words = readPlainCommand(text);
  const [name, ...args] = words ?? [];
  if (name?.kind !== 'literal') return undefined;
  switch (name.text) {
    case 'scp':
      return recogniseScp(args);
    case 'rsync':
      return recogniseRsync(args);
    case 'git-upload-pack':
    case 'git-upload-archive':
      return recogniseGit('source', args);
    case 'git-receive-pack':
      return recogniseGit('sink', args);
    case '/usr/lib/openssh/sftp-server':
    case '/usr/lib/sftp-server':
    case '/usr/libexec/sftp-server':
    case '/usr/libexec/openssh/sftp-server':
      return args.length === 0 ? { kind: 'sftp-server' } : undefined;
    default:
      return undefined;
  }
}

/**
 * `scp [-v] [-r] [-p] [-d] (-t|-f) [--] path…`
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/scp.c (`main`, where `cmd` is put together)
 */
function recogniseScp(args: readonly ShellWord[]): ScpCommand | undefined {
  const end = args.findIndex(({ text }) => !/^-[vrpdtf]$/.test(text));
  if (end === -1) return undefined;
  const options = args.slice(0, end).map(({ text }) => text);
  const behind = args.slice(end);
  const paths = isLiteral(behind[0], '--') ? behind.slice(1) : behind;
  const isSink = options.includes('-t');
  if (isSink === options.includes('-f')) return undefined;
  const isTaken =
    paths.length > 0 &&
    (behind !== paths || paths.every(({ text }) => !text.startsWith('-'))) &&
    (!isSink || (paths.length === 1 && paths[0]?.kind === 'literal'));
  if (!isTaken) return undefined;
  return {
    kind: 'scp',
    direction: isSink ? 'sink' : 'source',
    isRecursive: options.includes('-r'),
    preservesTimes: options.includes('-p'),
    needsDirectory: options.includes('-d'),
    isVerbose: options.includes('-v'),
    paths,
  };
}

/**
 * Letters of the near end's options, and what its version can do (`e.LsfxCIvu`). Not among them: `s`, with which the
 * far end takes its options and paths from its input, and those that take the next word for their value.
 */
const RSYNC_LETTERS = /^-[ac-dg-rt-zAC-LN-SU-Z]*(?:e[\d]*\.[a-zA-Z]*)?$/;
/** Long options that only say how to copy. Those that name further files or programs are not among them. */
const RSYNC_LONG =
  /^--(?:append|append-verify|bwlimit=\d+|checksum-choice=[\w,]+|checksum-seed=\d+|compress-choice=\w+|compress-level=\d+|copy-unsafe-links|delay-updates|delete(?:-(?:after|before|delay|during|excluded|missing-args))?|existing|force|fuzzy|hard-links|ignore-errors|ignore-existing|ignore-missing-args|ignore-times|inplace|max-delete=\d+|max-size=[\w.]+|min-size=[\w.]+|modify-window=-?\d+|mkpath|munge-links|no-[a-z-]+|numeric-ids|one-file-system|omit-dir-times|open-noatime|partial|preallocate|prune-empty-dirs|remove-sent-files|remove-source-files|safe-links|sender|size-only|skip-compress=[\w./]+|sparse|specials|stats|super|timeout=\d+|whole-file|log-format=[%\w ]+|out-format=[%\w ]+|info=[\w,]+|debug=[\w,]+)$/;

/**
 * `rsync --server [--sender] -letters [--options] . path…`
 *
 * @see https://github.com/RsyncProject/rsync/blob/master/options.c (`server_options`)
 */
function recogniseRsync(args: readonly ShellWord[]): RecognisedCommand | undefined {
  const [server, ...rest] = args;
  const dot = rest.findIndex((word) => isLiteral(word, '.'));
  const options = rest.slice(0, Math.max(dot, 0)).map(({ text }) => text);
  const paths = rest.slice(dot + 1);
  const isTaken =
    server !== undefined &&
    isLiteral(server, '--server') &&
    dot !== -1 &&
    rest.slice(0, dot).every(({ kind }) => kind === 'literal') &&
    options.every((option) => RSYNC_LETTERS.test(option) || RSYNC_LONG.test(option)) &&
    paths.length > 0 &&
    paths.every(({ text }) => !text.startsWith('-'));
  if (!isTaken) return undefined;
  return {
    kind: 'rsync',
    direction: options.includes('--sender') ? 'source' : 'sink',
    paths,
    deletes: options.some((option) => /^--(?:delete|remove)/.test(option)),
  };
}

/**
 * `git-upload-pack '/path'`
 *
 * @see https://git-scm.com/docs/pack-protocol#_ssh_transport
 */
function recogniseGit(
  direction: 'source' | 'sink',
  args: readonly ShellWord[],
): RecognisedCommand | undefined {
  const [path, ...others] = args;
  if (path?.kind !== 'literal' || others.length > 0 || path.text.startsWith('-')) return undefined;
  return { kind: 'git', direction, paths: [path] };
}

function isLiteral(word: ShellWord | undefined, text: string): boolean {
  return word?.kind === 'literal' && word.text === text;
}
