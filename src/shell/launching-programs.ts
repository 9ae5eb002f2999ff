/** Run a language of their own, from an argument, a file or standard input. */
export const INTERPRETERS: string = `
  python pypy ipython bpython perl ruby irb pry node nodejs deno bun php lua luajit tclsh wish expect java jshell scala groovy
  julia Rscript R guile racket sbcl clisp erl escript elixir iex ghci runghc ocaml octave gnuplot pwsh fish csh tcsh rc es
  elvish nu xonsh slsh jython mono wine bc dc m4 gawk mawk nawk original-awk js
  lksh hush posh sash yash jrunscript rksh rzsh oksh osh ysh murex scsh raku perl6 qjs gjs mujs ts-node tsx swift crystal
  kotlin runhaskell erb jjs texlua byebug pdb mlr`;

/** Start other programs as arguments, files, keys or their own configuration say. */
export const LAUNCHERS: Readonly<Record<string, string>> = {
  editorsAndPagers: `vi vim view vimdiff rvim rview nvim ex ed red emacs emacsclient nano pico joe mcedit micro vidir vipe vipw vigr
    visudo sudoedit less more most pg man bashbug perlbug lnav multitail visidata vd sc-im tig lazygit gitui gitk info mc ranger nnn vifm lynx links elinks w3m ncdu aspell ispell
    patch gpg gpg2 editor pager sensible-editor sensible-pager sensible-browser xdg-open open see edit compose zless zmore bzless bzmore
    scrot xpad zathura yelp wireshark xzless xzmore lzless lzmore zstdless bat batcat perldoc vimtutor`,
  builders: `make gmake ninja cmake ant mvn gradle cargo go npm npx yarn pnpm pip pipx gem bundle bundler rake composer meson scons
    bazel cpan rpmbuild gcc cc c89 c99 g++ clang ld as nasm cobc rustc tcc latex latexmk pdflatex lualatex xelatex tex dvips troff
    groff nroff eqn tbl pic soelim pandoc pytest tox phpunit rspec prove c++ cpp gdc gfortran gnat rpcgen bmake pmake just mage
    task tasksh stack ccache sccache icecc pre-commit nox invoke inv fab doit cabal opam dune hyperfine`,
  environments:
    'conda pyenv rbenv asdf poetry uv nix nix-shell nix-env guix flatpak snap direnv dotnet',
  terminals:
    'screen tmux tmate byobu script unbuffer rlwrap dtach abduco xterm uxterm lxterm urxvt rxvt konsole gnome-terminal kitty alacritty foot x-terminal-emulator sensible-terminal gtk-launch minicom openvt dialog whiptail xdotool asciinema ttyrec startx xinit reptyr',
  manyAtOnce:
    'mpirun mpiexec srun salloc sbatch qsub bsub watchexec nodemon grc parallel sem pexec pdsh pssh dsh clush mosh autossh sshpass sshfs entr watchman fswatch eatmydata distcc fd fdfind fzf ssh-copy-id sshuttle plink psftp pscp ssh-add check_by_ssh',
  debuggers:
    'gdb gdbserver lldb crash gtester strace ltrace valgrind perf bpftrace rr dtrace stap trace-cmd uftrace scanmem pidstat multitime heaptrack memusage sotruss catchsegv',
  schedulers:
    'at batch crontab anacron cron crond incrontab run-parts start-stop-daemon logrotate tsp nq run-mailcap',
  confinements: `fakeroot fakechroot proot firejail bwrap nsjail runc runcon setpriv capsh pkexec machinectl systemd-nspawn
    systemd-inhibit systemd-cat systemd-notify busctl dbus-send gdbus prlimit numactl cgexec choom cpulimit trickle setarch linux32
    linux64 x86_64 i386 i486 i586 i686 uname26 aarch64 uclampset run0 switch_root systemd-socket-activate agetty getty xvfb-run dbus-run-session dbus-launch ssh-agent gpg-agent ldd ld.so gosu su-exec tini dumb-init sg newgrp ksu login
    chpst envdir softlimit setlock envuidgid setuidgid s6-setuidgid chronic ifne mispipe pee lckdo ts zrun
    multilog svlogd tcpserver tcpsvd udpsvd sslserver supervise execlineb s6-sudo s6-applyuidgid s6-envdir daemon daemonize timelimit
    aa-exec faketime datefudge schedtool hwloc-bind setpgrp cttyhack runsv runsvdir catatonit rotatelogs cronolog super calife pfexec`,
  network: `telnetd udhcpc udhcpc6 udhcpd zcip ifplugd dhcpcd socat nc ncat netcat openvpn pppd tcpdump tshark nmap hping3 iftop torify torsocks tsocks proxychains proxychains4 ftp
    lftp ncftp sftp telnet rlogin rsh smbclient mail mailx mutt sendmail exim exim4 aria2c rclone restic borg duplicity sshd
    dropbear inetd xinetd stunnel certbot`,
  copying:
    'sftp-server internal-sftp git-shell git-upload-pack git-receive-pack git-upload-archive',
  automation: `ansible ansible-playbook puppet facter salt salt-call chef-client knife terraform vagrant packer helm docker-compose
    podman-compose buildah lxc lxd lxc-attach lxc-execute virsh guestfish ctr crictl aws gcloud az`,
  databases: `psql mysql mariadb sqlite sqlite3 mongo mongosh redis-cli cqlsh isql sqlplus pgcli mycli pg_ctl pg_dumpall initdb
    duckdb clickhouse-client sqsh tsql`,
  servers: 'nginx apache2 httpd apachectl apache2ctl php-fpm rsyslogd varnishncsa postfix',
  versions: 'hg svn svnadmin bzr cvs darcs fossil jj',
  system: `insmod modprobe dpkg-reconfigure update-alternatives ldconfig kexec lvm debugfs udevadm dmsetup msgfilter msgexec debconf
    rpmquery rpmverify rpmdb rpmkeys rpmsign opkg xdg-user-dir`,
  converters: `gs convert magick mogrify identify montage composite compare animate display import gm exiftool cowsay cowthink enscript
    ffmpeg`,
};
