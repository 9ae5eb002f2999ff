import { mayHaveOption } from './program-options.ts';
import { UNKNOWN_PATH } from './shell-path.ts';
import { mayEqual, type ShellWord } from './shell-word.ts';

/** What a command does to a host, as policies name it. */
export type Effect =
  | 'accounts'
  | 'containers'
  | 'database'
  | 'delete'
  | 'delete-recursive'
  | 'disk'
  | 'firewall'
  | 'interpreter'
  | 'kernel'
  | 'kill'
  | 'network'
  | 'packages'
  | 'permissions'
  | 'power'
  | 'privilege'
  | 'schedule'
  | 'service-control'
  | 'startup';

/** Programs that have an effect, and with what among their arguments. */
export interface EffectRule {
  readonly effect: Effect;
  /** Names, separated by blanks. */
  readonly programs: string;
  /** One of these options. Default: any arguments. */
  readonly options?: string;
  /** One of these words, wherever it stands. Default: any arguments. */
  readonly words?: string;
}

/**
 * What programs do. An argument that the text does not show counts as every option and every word that it
 * might be.
 */
export const EFFECT_RULES: readonly EffectRule[] = [
  { effect: 'delete', programs: 'rm rmdir unlink shred srm wipe' },
  { effect: 'delete', programs: 'find', words: '-delete' },
  { effect: 'delete', programs: 'git', words: 'clean rm' },
  {
    effect: 'delete',
    programs: 'rsync',
    options: '--delete --delete-before --delete-during --delete-after --del --remove-source-files',
  },
  { effect: 'delete', programs: 'tar', options: '--remove-files --delete --recursive-unlink' },
  { effect: 'delete', programs: 'truncate' },
  { effect: 'delete-recursive', programs: 'rm', options: '-r -R --recursive' },
  { effect: 'delete-recursive', programs: 'find', words: '-delete rm rmdir unlink shred' },
  { effect: 'delete-recursive', programs: 'xargs', words: 'rm rmdir unlink shred' },
  {
    effect: 'delete-recursive',
    programs: 'rsync',
    options: '--delete --delete-before --delete-during --delete-after --del --remove-source-files',
  },
  { effect: 'delete-recursive', programs: 'git', words: 'clean' },
  { effect: 'delete-recursive', programs: 'srm wipe', options: '-r -R --recursive' },
  {
    effect: 'service-control',
    programs: 'systemctl',
    words:
      'start stop restart try-restart reload reload-or-restart try-reload-or-restart condrestart condstop force-reload kill enable disable reenable preset preset-all mask unmask link revert edit set-property isolate daemon-reload daemon-reexec set-default default rescue emergency freeze thaw clean bind mount-image set-environment unset-environment import-environment',
  },
  {
    effect: 'service-control',
    programs: 'service invoke-rc.d rc-service initctl',
    words: 'start stop restart reload force-reload try-restart condrestart zap',
  },
  {
    effect: 'service-control',
    programs:
      'start stop restart reload update-rc.d chkconfig rc-update supervisorctl sv svc s6-svc runsvctrl monit pm2 launchctl systemd-run init.d',
  },
  {
    effect: 'service-control',
    programs: 'apachectl apache2ctl nginx pg_ctl pg_ctlcluster rabbitmqctl',
  },
  {
    effect: 'power',
    programs: 'shutdown reboot halt poweroff init telinit kexec pm-suspend pm-hibernate',
  },
  {
    effect: 'power',
    programs: 'systemctl',
    words:
      'reboot poweroff halt kexec soft-reboot suspend hibernate hybrid-sleep suspend-then-hibernate sleep exit switch-root rescue emergency isolate',
  },
  {
    effect: 'accounts',
    programs:
      'useradd userdel usermod groupadd groupdel groupmod groupmems gpasswd adduser deluser addgroup delgroup passwd chpasswd chgpasswd newusers chage chsh chfn vipw vigr visudo pwconv pwunconv faillock pam_tally2 loginctl samba-tool smbpasswd htpasswd',
  },
  {
    effect: 'packages',
    programs:
      'apt apt-get aptitude dpkg yum dnf microdnf rpm zypper apk pacman emerge snap flatpak brew pip pipx npm npx yarn pnpm gem cargo cpan composer pkg alien nix-env guix',
  },
  {
    effect: 'disk',
    programs:
      'mkfs mke2fs mkswap mkdosfs fdisk cfdisk sfdisk gdisk sgdisk parted partprobe wipefs blkdiscard hdparm badblocks fsck e2fsck resize2fs tune2fs xfs_repair xfs_growfs mdadm lvremove lvcreate lvextend lvreduce lvconvert vgremove vgcreate vgextend vgreduce pvcreate pvremove pvmove cryptsetup dmsetup losetup mount umount swapon swapoff zpool zfs btrfs nvme sg_format fstrim debugfs',
  },
  {
    effect: 'network',
    programs:
      'curl wget nc ncat netcat socat ssh scp sftp rsync ftp lftp tftp telnet nmap dig nslookup host ping traceroute mosh autossh sshfs aria2c rclone mail mailx sendmail openvpn wg wg-quick',
  },
  {
    effect: 'network',
    programs:
      'ip ifconfig route arp nmcli ifup ifdown ethtool tc brctl hostnamectl resolvectl netplan dhclient',
  },
  {
    effect: 'firewall',
    programs:
      'iptables ip6tables iptables-restore ip6tables-restore nft ufw firewall-cmd ipset ebtables arptables fail2ban-client',
  },
  {
    effect: 'interpreter',
    programs:
      'sh bash dash ash rbash ksh mksh lksh hush zsh fish csh tcsh busybox toybox python pypy perl ruby node nodejs deno bun php lua tclsh expect java awk gawk mawk nawk bc dc m4 pwsh Rscript',
  },
  {
    effect: 'privilege',
    programs:
      'sudo doas su runuser pkexec sudoedit setpriv capsh nsenter unshare chroot setcap newgrp sg machinectl',
  },
  {
    effect: 'permissions',
    programs:
      'chmod chown chgrp setfacl chattr setcap chcon restorecon setsebool setenforce semanage umask',
  },
  { effect: 'kill', programs: 'kill pkill killall killall5 skill snice xkill' },
  { effect: 'kill', programs: 'fuser', options: '-k --kill' },
  {
    effect: 'kill',
    programs: 'systemctl loginctl tmux screen',
    words: 'kill kill-session kill-user kill-server terminate-session terminate-user quit',
  },
  { effect: 'schedule', programs: 'crontab at batch atrm anacron incrontab' },
  {
    effect: 'schedule',
    programs: 'systemd-run',
    options:
      '--on-active --on-boot --on-startup --on-unit-active --on-unit-inactive --on-calendar --on-clock-change',
  },
  {
    effect: 'containers',
    programs:
      'docker podman nerdctl kubectl oc crictl ctr helm lxc lxc-attach runc buildah docker-compose virsh',
  },
  {
    effect: 'database',
    programs:
      'psql pg_dump pg_dumpall pg_restore pg_basebackup createdb dropdb createuser dropuser mysql mysqldump mysqladmin mariadb mariadb-dump sqlite3 mongo mongosh mongodump mongoexport redis-cli cqlsh sqlplus',
  },
  { effect: 'kernel', programs: 'insmod modprobe rmmod depmod sysctl dmesg kexec bpftool' },
];

/** What writing to a file does, by the beginning of its canonical path. */
export const FILE_EFFECTS: readonly (readonly [effect: Effect, prefix: string])[] = [
  ...'sd hd vd xvd nvme mmcblk mapper dm- md loop disk block nbd rbd zd sr bcache ram'
    .split(' ')
    .map((name) => ['disk', `/dev/${name}`] as const),
  ['network', '/dev/tcp/'],
  ['network', '/dev/udp/'],
  ['kernel', '/dev/mem'],
  ['kernel', '/dev/kmem'],
  ['kernel', '/dev/port'],
  ['kernel', '/proc/sys/'],
  ['kernel', '/sys/'],
  ['kernel', '/boot/'],
  ['power', '/proc/sysrq-trigger'],
  ['accounts', '/etc/passwd'],
  ['accounts', '/etc/shadow'],
  ['accounts', '/etc/group'],
  ['accounts', '/etc/gshadow'],
  ['accounts', '/etc/sudoers'],
  ['accounts', '/etc/pam.d'],
  ['accounts', '/etc/security'],
  ['accounts', '/etc/ssh'],
  ['schedule', '/etc/cron'],
  ['schedule', '/etc/anacron'],
  ['schedule', '/var/spool/cron'],
  ['schedule', '/var/spool/at'],
  ['service-control', '/etc/systemd'],
  ['service-control', '/lib/systemd'],
  ['service-control', '/usr/lib/systemd'],
  ['service-control', '/run/systemd'],
  ['service-control', '/etc/init'],
  ['service-control', '/etc/rc'],
  ['startup', '/etc/profile'],
  ['startup', '/etc/bash'],
  ['startup', '/etc/zsh'],
  ['startup', '/etc/environment'],
  ['startup', '/etc/ld.so'],
  ['startup', '/bin'],
  ['startup', '/sbin'],
  ['startup', '/lib'],
  ['startup', '/usr/bin'],
  ['startup', '/usr/sbin'],
  ['startup', '/usr/lib'],
  ['startup', '/usr/local/bin'],
  ['startup', '/usr/local/sbin'],
];

/** Files of an account, wherever its home is. */
const HOME_EFFECTS: readonly (readonly [effect: Effect, pattern: RegExp])[] = [
  ['accounts', /\/\.ssh(?:\/|$)/],
  ['startup', /\/\.ssh\/(?:rc|environment|config)$/],
  [
    'startup',
    /\/\.(?:bash|zsh|ksh|csh|tcsh|login|logout|profile|inputrc|vim|emacs|git|config\/|local\/bin|pam_environment|z(?:profile|login|env))[^/]*/,
  ],
];

/** Names that these begin with, for patterns that may match one. */
const HOME_NAMES: readonly (readonly [effect: Effect, name: string])[] = [
  ['accounts', '.ssh'],
  ...'.ssh .bash .zsh .ksh .csh .tcsh .login .logout .profile .inputrc .vim .emacs .git .config .local .pam_environment'
    .split(' ')
    .map((name) => ['startup', name] as const),
];

/** Everything in a home, or in all of them. */
const HOME_TREE = /^(?:~[^/]*|\/root|\/home(?:\/[^/]+)?|)\/\*\*$/;
/** What writing any file of a home may do. */
const HOME_TREE_EFFECTS: readonly Effect[] = ['accounts', 'startup'];

/** Effects of writing all that is beneath a directory that is a home, or has homes in it. */
export function findHomeTreeEffects(pattern: string): readonly Effect[] {
  return HOME_TREE.test(pattern) ? HOME_TREE_EFFECTS : [];
}

/** Effects of a program with its arguments. */
export function findEffects(program: string, args: readonly ShellWord[]): readonly Effect[] {
  const rules = RULES_OF_PROGRAM.get(program) ?? [];
  return rules.filter((rule) => isMet(rule, args)).map(({ effect }) => effect);
}

/** Effects of writing to a canonical path, or to a pattern. */
export function findFileEffects(path: string): readonly Effect[] {
  if (path === UNKNOWN_PATH) return [];
  const known = path.slice(0, Math.max(0, `${path}*`.search(/[*?[]/)));
  const isPattern = known.length < path.length;
  const effects = FILE_EFFECTS.filter(
    ([, prefix]) => path.startsWith(prefix) || (isPattern && prefix.startsWith(known)),
  );
  const ofHome = HOME_EFFECTS.filter(([, pattern]) => pattern.test(path));
  const ofPattern = isPattern ? findHiddenNames(path) : [];
  return [...new Set([...effects, ...ofHome, ...ofPattern].map(([effect]) => effect))];
}

/** Of the names of a home, those that a part of a path with a wildcard may match: none does that has no dot of its own. */
function findHiddenNames(path: string): typeof HOME_NAMES {
  const beginnings = path
    .split('/')
    .filter((part) => part.startsWith('.') && /[*?[]/.test(part))
    .map((part) => part.slice(0, part.search(/[*?[]/)));
  return HOME_NAMES.filter(([, name]) =>
    beginnings.some((known) => name.startsWith(known) || known.startsWith(name)),
  );
}

interface PreparedRule {
  readonly effect: Effect;
  readonly options: string | undefined;
  readonly words: readonly string[] | undefined;
}

const RULES_OF_PROGRAM: ReadonlyMap<string, readonly PreparedRule[]> = groupRules();

function groupRules(): ReadonlyMap<string, readonly PreparedRule[]> {
  const byProgram = new Map<string, PreparedRule[]>();
  for (const { effect, programs, options, words } of EFFECT_RULES) {
    const rule = { effect, options, words: words?.split(' ') };
    for (const program of programs.split(' ')) {
      byProgram.set(program, [...(byProgram.get(program) ?? []), rule]);
    }
  }
  return byProgram;
}

function isMet({ options, words }: PreparedRule, args: readonly ShellWord[]): boolean {
  if (options !== undefined) return mayHaveOption(args, options);
  if (words === undefined) return true;
  return args.some((arg) => words.some((word) => mayEqual(arg, word)));
}
