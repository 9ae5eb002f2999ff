import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/**
 * Three networks on this machine: this one, where the gateway and its clients are, one for a connector, and one for a
 * target. A link joins the first and the second, another the second and the third; nothing is forwarded, so that there
 * is no way from the gateway to the target. Needs root, `ip` (iproute2) and
 * `iptables`.
 */
export interface ThreeNetworks extends AsyncDisposable {
  /** This side of the link to the connector. */
  readonly gatewayAddress: string;
  /** The target's, which only the connector's network has a way to. */
  readonly targetAddress: string;
  /** What runs a command in the connector's network, or in the target's. */
  readonly inConnector: readonly string[];
  readonly inTarget: readonly string[];
  /** Cuts a link: what is sent is lost without a word. */
  cut(link: Link): void;
  restore(link: Link): void;
  /** Loses a part of what goes between gateway and connector, from 0 to 1, until told otherwise. */
  lose(probability: number): void;
  stopLosing(): void;
}

/** Between gateway and connector, or between connector and target. */
export type Link = 'gateway' | 'target';

const WAYS = [
  ['INPUT', '-i'],
  ['OUTPUT', '-o'],
] as const;

/** Makes them. */
export function openThreeNetworks(): ThreeNetworks {
  const id = randomBytes(3).toString('hex');
  const [connector, target] = [`sp-c-${id}`, `sp-t-${id}`];
  // Of the block for tests (RFC 2544), so that they are nobody's.
  const net = randomBytes(1)[0] ?? 0;
  const [gatewayNet, targetNet] = [`198.18.${net}`, `198.19.${net}`];
  const opened = new DisposableStack();
  try {
    join({ connector, target, gatewayNet, targetNet, device: `spg${id}` }, opened);
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
  const inConnector = ['ip', 'netns', 'exec', connector];
  const filter = (change: '-A' | '-D', link: Link): void => {
    const device = link === 'gateway' ? 'up0' : 'down0';
    for (const [chain, direction] of WAYS) {
      run(...inConnector, 'iptables', change, chain, direction, device, '-j', 'DROP');
    }
  };
  let lossy = new DisposableStack();
  return {
    gatewayAddress: `${gatewayNet}.1`,
    targetAddress: `${targetNet}.2`,
    inConnector,
    inTarget: ['ip', 'netns', 'exec', target],
    cut: (link) => filter('-A', link),
    restore: (link) => filter('-D', link),
    lose: (probability) => {
      const part = ['-m', 'statistic', '--mode', 'random', '--probability', String(probability)];
      for (const [chain, direction] of WAYS) {
        const rule = [chain, direction, 'up0', ...part, '-j', 'DROP'];
        run(...inConnector, 'iptables', '-A', ...rule);
        lossy.defer(() => run(...inConnector, 'iptables', '-D', ...rule));
      }
    },
    stopLosing: () => {
      lossy[Symbol.dispose]();
      lossy = new DisposableStack();
    },
    // What runs in a network keeps it until it ends; its name is gone at once.
    [Symbol.asyncDispose]: async () => opened[Symbol.dispose](),
  };
}

/** Names of networks and of the device on this side, and the first three numbers of the addresses of both links. */
interface Names {
  readonly connector: string;
  readonly target: string;
  readonly gatewayNet: string;
  readonly targetNet: string;
  readonly device: string;
}

function join(
  { connector, target, gatewayNet, targetNet, device }: Names,
  opened: DisposableStack,
): void {
  for (const name of [connector, target]) {
    ip('netns', 'add', name);
    opened.defer(() => ip('netns', 'del', name));
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'up0', 'netns', connector);
  opened.defer(() => ip('link', 'del', device));
  ip('address', 'add', `${gatewayNet}.1/24`, 'dev', device);
  ip('link', 'set', device, 'up');
  ip('-n', connector, 'address', 'add', `${gatewayNet}.2/24`, 'dev', 'up0');
  ip('-n', connector, 'link', 'set', 'up0', 'up');
  ip(
    '-n',
    connector,
    'link',
    'add',
    'down0',
    'type',
    'veth',
    'peer',
    'name',
    'up0',
    'netns',
    target,
  );
  ip('-n', connector, 'address', 'add', `${targetNet}.1/24`, 'dev', 'down0');
  ip('-n', connector, 'link', 'set', 'down0', 'up');
  ip('-n', target, 'address', 'add', `${targetNet}.2/24`, 'dev', 'up0');
  ip('-n', target, 'link', 'set', 'up0', 'up');
  // Whatever way this machine has to the rest of the world, it has none there.
  ip('route', 'add', 'unreachable', `${targetNet}.0/24`);
  opened.defer(() => ip('route', 'del', 'unreachable', `${targetNet}.0/24`));
}

function ip(...words: readonly string[]): void {
  run('ip', ...words);
}

function run(program = '', ...words: readonly string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
