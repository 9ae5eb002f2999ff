import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Three networks on this machine: this one, where the gateway and its clients are, one for a connector, and one for a
 * target. A link joins the first and the second, another the second and the third; nothing is forwarded, so that there
 * is no way from the gateway to the target. Needs root, `ip` (iproute2) and Python: kernels of test machines have no
 * netem, so the links are programs.
 */
export interface ThreeNetworks extends AsyncDisposable {
  /** This side of the link to the connector. */
  readonly gatewayAddress: string;
  /** The connector's side of that link. */
  readonly connectorAddress: string;
  /** The target's, which only the connector's network has a way to. */
  readonly targetAddress: string;
  /** What runs a command in the connector's network, or in the target's. */
  readonly inConnector: readonly string[];
  readonly inTarget: readonly string[];
  /** Has a link be so from now on; without trouble, it is as it was at first. */
  change(link: LinkName, trouble?: Trouble): Promise<void>;
}

/** Between gateway and connector, or between connector and target. */
export type LinkName = 'gateway' | 'target';

export interface Trouble {
  /** Milliseconds that a packet is on its way. Default: 0. */
  readonly delayMs?: number;
  /** Part of the packets that are lost without a word, from 0 to 1. Default: 0. */
  readonly loss?: number;
}

/** Of a link that is cut. */
export const CUT: Trouble = { loss: 1 };

const LINK_PROGRAM = fileURLToPath(new URL('link.py', import.meta.url));

/** Makes them. */
export async function openThreeNetworks(): Promise<ThreeNetworks> {
  await using opened = new AsyncDisposableStack();
  const id = randomBytes(3).toString('hex');
  const [connector, target, between] = [`sp-c-${id}`, `sp-t-${id}`, `sp-l-${id}`];
  // Of the block for tests (RFC 2544), so that they are nobody's.
  const net = randomBytes(1)[0] ?? 0;
  const [gatewayNet, targetNet] = [`198.18.${net}`, `198.19.${net}`];
  for (const name of [connector, target, between]) {
    ip('netns', 'add', name);
    opened.defer(() => ip('netns', 'del', name));
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  const here = `sp${id}`;
  attach([], here, `${gatewayNet}.1/24`, [between, 'near0']);
  opened.defer(() => ip('link', 'del', here));
  attach(['-n', connector], 'up0', `${gatewayNet}.2/24`, [between, 'near1']);
  attach(['-n', connector], 'down0', `${targetNet}.1/24`, [between, 'far0']);
  attach(['-n', target], 'up0', `${targetNet}.2/24`, [between, 'far1']);
  // Whatever way this machine has to the rest of the world, it has none there.
  ip('route', 'add', 'unreachable', `${targetNet}.0/24`);
  opened.defer(() => ip('route', 'del', 'unreachable', `${targetNet}.0/24`));
  const links = {
    gateway: opened.use(await startLink(between, 'near0', 'near1')),
    target: opened.use(await startLink(between, 'far0', 'far1')),
  };
  const cleanUp = opened.move();
  return {
    gatewayAddress: `${gatewayNet}.1`,
    connectorAddress: `${gatewayNet}.2`,
    targetAddress: `${targetNet}.2`,
    inConnector: enter(connector),
    inTarget: enter(target),
    change: (link, trouble = {}) => links[link].change(trouble),
    // What runs in a network keeps it until it ends; its name is gone at once.
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Gives a network a device with an address; the other end of it is in the network of the links. */
function attach(
  where: readonly string[],
  device: string,
  address: string,
  [between, end]: readonly [string, string],
): void {
  ip(...where, 'link', 'add', device, 'type', 'veth', 'peer', 'name', end, 'netns', between);
  ip(...where, 'address', 'add', address, 'dev', device);
  ip(...where, 'link', 'set', device, 'up');
  ip('-n', between, 'link', 'set', end, 'up');
}

interface Link extends AsyncDisposable {
  change(trouble: Trouble): Promise<void>;
}

async function startLink(between: string, one: string, other: string): Promise<Link> {
  const words = ['netns', 'exec', between, 'python3', LINK_PROGRAM, one, other];
  const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const hear = async (): Promise<void> => {
    const { done } = await answers.next();
    if (done === true) throw new Error('Cannot change the link: its program has ended');
  };
  await hear();
  return {
    async change({ delayMs = 0, loss = 0 }) {
      child.stdin.write(`${delayMs} ${loss}\n`);
      await hear();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}

function enter(network: string): readonly string[] {
  return ['ip', 'netns', 'exec', network];
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
