import { globSync } from 'node:fs';

/** A Debian package that the tests run against or with. */
export interface DebianPackage {
  readonly name: string;
  /** What the tests use it for. */
  readonly why: string;
  /** A file that is there once it is installed, by that package or another: a path or a glob. */
  readonly provides: string;
}

/** Real servers and clients, as people have them. */
export const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  {
    name: 'postgresql',
    why: 'the server behind the gateway; pgbench',
    provides: '/usr/lib/postgresql/*/bin/postgres',
  },
  {
    name: 'postgresql-client',
    why: 'psql, the client most people use',
    provides: '/usr/lib/postgresql/*/bin/psql',
  },
  {
    name: 'pgbouncer',
    why: 'the proxy that the benchmark compares with',
    provides: '/usr/sbin/pgbouncer',
  },
  {
    name: 'openssl',
    why: 'speaks TLS as no client of PostgreSQL would',
    provides: '/usr/bin/openssl',
  },
  {
    name: 'locales',
    why: 'languages whose letters a server folds',
    provides: '/usr/share/i18n/locales/de_DE',
  },
  { name: 'gcc', why: 'builds the disk that fails on demand', provides: '/usr/bin/gcc' },
  {
    name: 'libfaketime',
    why: 'lets wall clocks jump',
    provides: '/usr/lib/*/faketime/libfaketime.so.1',
  },
  { name: 'libc6-dev', why: 'the C library to build it against', provides: '/usr/include/stdio.h' },
  {
    name: 'systemd',
    why: 'passes a listening socket to the gateway',
    provides: '/usr/bin/systemd-socket-activate',
  },
  { name: 'python3', why: 'runs psycopg', provides: '/usr/bin/python3' },
  {
    name: 'python3-psycopg',
    why: 'psycopg 3, a client that uses binary formats and pipelines',
    provides: '/usr/lib/python3/dist-packages/psycopg/__init__.py',
  },
  {
    name: 'libpostgresql-jdbc-java',
    why: 'pgjdbc, the client of Java programs',
    provides: '/usr/share/java/postgresql.jar',
  },
  {
    name: 'default-jdk-headless',
    why: 'compiles and runs the pgjdbc test program',
    provides: '/usr/bin/javac',
  },
  {
    name: 'chromium',
    why: 'the browser that the console is tried in',
    provides: '/usr/bin/chromium',
  },
  {
    name: 'fonts-dejavu-core',
    why: 'letters for that browser',
    provides: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  },
  {
    name: 'age',
    why: 'opens raw tracks without anything of ours',
    provides: '/usr/bin/age',
  },
  { name: 'zstd', why: 'reads what is in them', provides: '/usr/bin/zstd' },
  {
    name: 'rsyslog',
    why: 'the syslog receiver that exports are sent to',
    provides: '/usr/sbin/rsyslogd',
  },
  {
    name: 'rsyslog-gnutls',
    why: 'the same over TLS',
    provides: '/usr/lib/*/rsyslog/lmnsd_gtls.so',
  },
  {
    name: 'sqlsmith',
    why: 'makes statements nobody would think of, for the leak harness',
    provides: '/usr/bin/sqlsmith',
  },
  {
    name: 'openssh-server',
    why: 'the SSH server behind the gateway',
    provides: '/usr/sbin/sshd',
  },
  {
    name: 'openssh-client',
    why: 'ssh, scp and sftp, the clients most people use',
    provides: '/usr/bin/ssh',
  },
  {
    name: 'kubernetes-client',
    why: 'kubectl, the client that people use clusters with',
    provides: '/usr/bin/kubectl',
  },
  { name: 'fish', why: 'a shell that completes commands', provides: '/usr/bin/fish' },
  { name: 'bsdutils', why: 'script, a terminal for kubectl', provides: '/usr/bin/script' },
  { name: 'rsync', why: 'copies trees over SSH', provides: '/usr/bin/rsync' },
  { name: 'lftp', why: 'a client of SFTP that is not OpenSSH', provides: '/usr/bin/lftp' },
  { name: 'git', why: 'pushes and clones over SSH', provides: '/usr/bin/git' },
  {
    name: 'python3-paramiko',
    why: 'paramiko, the SSH client of Python programs',
    provides: '/usr/lib/python3/dist-packages/paramiko/__init__.py',
  },
  {
    name: 'ansible-core',
    why: 'configures hosts over SSH',
    provides: '/usr/bin/ansible-playbook',
  },
  { name: 'expect', why: 'types into terminals', provides: '/usr/bin/expect' },
  { name: 'tmux', why: 'a full-screen program', provides: '/usr/bin/tmux' },
  { name: 'vim', why: 'another, with a shell inside', provides: '/usr/bin/vim.basic' },
  { name: 'less', why: 'another, with long texts', provides: '/usr/bin/less' },
  { name: 'procps', why: 'top, another that draws by itself', provides: '/usr/bin/top' },
  { name: 'asciinema', why: 'plays what was exported', provides: '/usr/bin/asciinema' },
  { name: 'ssh-audit', why: 'lists the algorithms of a server', provides: '/usr/bin/ssh-audit' },
  { name: 'curl', why: 'the client of HTTP that most people use', provides: '/usr/bin/curl' },
  {
    name: 'python3-requests',
    why: 'a client of HTTP that programs use',
    provides: '/usr/lib/python3/dist-packages/requests/__init__.py',
  },
  { name: 'iproute2', why: 'makes networks of their own', provides: '/usr/sbin/ip' },
  { name: 'nginx', why: 'a server of HTTP behind the gateway', provides: '/usr/sbin/nginx' },
  {
    name: 'systemd',
    why: 'systemd-analyze, which reads the units in deploy/',
    provides: '/usr/bin/systemd-analyze',
  },
  {
    name: 'nghttp2-client',
    why: 'h2load, which sends as many requests as can be',
    provides: '/usr/bin/h2load',
  },
];

/** The packages that are not installed. */
export function findMissingPackages(
  packages: readonly DebianPackage[] = DEBIAN_PACKAGES,
): DebianPackage[] {
  return packages.filter(({ provides }) => globSync(provides).length === 0);
}
