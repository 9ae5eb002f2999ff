/**
 * Variables that change which program a name starts, or make a program start another. Families are given by what their
 * names begin or end with, for each program may have its own.
 */
const RISKY: readonly RegExp[] = [
  // The shell's own.
  /^(?:BASH.*|ENV|IFS|PS[0-9]|PROMPT.*|SHELLOPTS|HOME|PWD|OLDPWD|FPATH|fpath|path|cdpath|ZDOTDIR|FCEDIT|HIST.*|histchars|POSIXLY_CORRECT|FUNCNEST|READNULLCMD|NULLCMD|TEXTDOMAIN.*|EXECIGNORE|GLOBIGNORE|OPTIND|OPTARG|REPLY|MAPFILE|COPROC)$/,
  // The dynamic linker's and the C library's.
  /^(?:LD_|DYLD_|GCONV|LOCPATH|NLSPATH|MALLOC_|GLIBC|RES_OPTIONS|HOSTALIASES|TERMINFO|TERMCAP)/,
  // Families of interpreters and of programs that start others.
  /^(?:GIT_|PYTHON|PERL|RUBY|GEM_|BUNDLE_|NODE_|NPM_|npm_|JAVA_|JDK_|_JAVA|CLASSPATH|LUA_|PHP|TCL|R_|SSH_|SUDO_|RSYNC_|CVS|SVN_|HG|PG|MYSQL|DOCKER_|KUBE|ANSIBLE_|SYSTEMD_|DBUS_|XDG_|LESS|TAR_|GZIP|ZIPOPT$|ZIP$|UNZIP(?:OPT)?$|BZIP2?$|MAKE|GNUMAKE|CARGO_|RUST|GO(?:PATH|ROOT|BIN|TOOL)|OPENSSL_|CURL_|WGET|AWK|VIM|NVIM|EXINIT|EMACS|TMUX|SCREEN|DPKG_|APT_|PARALLEL|TMPDIR$)/,
  // Programs that scripts of the system start by them, such as zgrep and zdiff.
  /^(?:GREP|CMP|DIFF|GNUPGHOME|ODBC.*)$/,
  // Whatever the program.
  /(?:PATH|OPT|OPTS|OPTIONS|FLAGS|EDITOR|VISUAL|PAGER|BROWSER|SHELL|RSH|ASKPASS|COMMAND|CMD|PRELOAD|HOOKS?|WRAPPER|OPENER|RC|CONFIG|CONF|STARTUP|INIT|LIBS?|PLUGINS?|MODULES?|AGENT|HANDLER|DRIVER)$/,
];

/** Of those families, but data. git sends the first to every server. */
const HARMLESS = /^GIT_(?:PROTOCOL|AUTHOR_(?:NAME|EMAIL|DATE)|COMMITTER_(?:NAME|EMAIL|DATE))$/;

/** What names the characters of a text: another character set may hide a quote or a backslash in a letter. */
const LOCALE = /^(?:LANG|LANGUAGE|LC_[A-Z]+)$/;
const SAFE_LOCALE =
  /^(?:|C|POSIX|(?:[A-Za-z]{1,8}(?:_[A-Za-z]{1,8})?|C)\.(?:UTF-8|utf-8|UTF8|utf8)(?:@[a-z]{1,16})?)$/;

/**
 * Whether setting the variable may change what commands do.
 *
 * @param value Undefined where it is not known.
 */
export function isRiskyVariable(name: string, value: string | undefined): boolean {
  if (LOCALE.test(name)) return value === undefined || !SAFE_LOCALE.test(value);
  return !HARMLESS.test(name) && RISKY.some((pattern) => pattern.test(name));
}
