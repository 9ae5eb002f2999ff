import type { LinkState } from '../../faults/matrix/faulty-link.ts';
import type { NemesisConnector } from './nemesis-connector.ts';
import { disturb, LONG, type NemesisFault, SHORT, supervise } from './nemesis-fault.ts';
import { pick } from './nemesis-world.ts';

/** What happens to connectors, and between them, the gateways and the targets. */
export const CONNECTOR_FAULTS: readonly NemesisFault[] = [
  {
    ...{ name: 'connector: kill -9', part: 'connector', lastsMs: SHORT },
    how: 'one connector is killed, and started again',
    async inject({ connectors }, share) {
      return killed([pick(connectors, share)]);
    },
  },
  {
    ...{ name: 'connectors: kill -9', part: 'connector', lastsMs: SHORT },
    how: 'both connectors are killed, and started again',
    async inject({ connectors }) {
      return killed(connectors);
    },
  },
  {
    ...{ name: 'connector: pause', part: 'connector', lastsMs: LONG },
    how: 'one connector is stopped by SIGSTOP, and goes on',
    async inject({ connectors }, share) {
      const { pid } = pick(connectors, share).process;
      process.kill(pid, 'SIGSTOP');
      return async () => process.kill(pid, 'SIGCONT');
    },
  },
  {
    ...{ name: 'connector: upgrade', part: 'connector', lastsMs: SHORT },
    how: 'another process of a connector is started beside it, and the old one drains for 2 s',
    async inject({ connectors }, share) {
      const connector = pick(connectors, share);
      const old = connector.process;
      await supervise(() => connector.start());
      const ended = old.signal('SIGTERM');
      return () => ended;
    },
  },
  linksOfOne('connector cut off', 'one connector is cut off from all gateways', { kind: 'down' }),
  linksOfOne('connector silent', 'what one connector and the gateways send each other is lost', {
    kind: 'silent',
  }),
  linksOfOne('connector far', 'every packet between one connector and the gateways takes 200 ms', {
    ...{ kind: 'slow', delayMs: 200 },
  }),
  {
    ...{ name: 'connectors silent to one', part: 'link', lastsMs: LONG },
    how: 'what one gateway and all connectors send each other is lost',
    async inject({ surroundings }, share) {
      return disturb([...pick(surroundings, share).connectors.values()], { kind: 'silent' });
    },
  },
  {
    ...{ name: 'target cut off', part: 'link', lastsMs: SHORT },
    how: 'one connector is cut off from the targets',
    async inject({ connectors }, share) {
      return disturb([pick(connectors, share).target], { kind: 'down' });
    },
  },
];

async function killed(connectors: readonly NemesisConnector[]): Promise<() => Promise<void>> {
  await Promise.all(connectors.map(({ process: own }) => own.signal('SIGKILL')));
  return async () => {
    for (const connector of connectors) await supervise(() => connector.start());
  };
}

function linksOfOne(name: string, how: string, state: LinkState): NemesisFault {
  return {
    ...{ name, how, part: 'link', lastsMs: LONG },
    async inject({ connectors }, share) {
      return disturb(pick(connectors, share).gateways, state);
    },
  };
}
