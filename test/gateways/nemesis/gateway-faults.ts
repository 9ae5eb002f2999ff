import type { LinkState } from '../../faults/matrix/faulty-link.ts';
import type { Member } from '../environment.ts';
import { disturb, LONG, type NemesisFault, SHORT, supervise } from './nemesis-fault.ts';
import { pick } from './nemesis-world.ts';

/** What happens to gateways, between them, and between them and the store. */
export const GATEWAY_FAULTS: readonly NemesisFault[] = [
  {
    ...{ name: 'kill -9', part: 'gateway', lastsMs: SHORT },
    how: 'one gateway is killed, and started again',
    async inject({ members }, share) {
      return killed([pick(members, share)]);
    },
  },
  {
    ...{ name: 'kill -9 of two', part: 'gateway', lastsMs: SHORT },
    how: 'all gateways but one are killed, and started again',
    async inject({ members }, share) {
      const spared = pick(members, share);
      return killed(members.filter((member) => member !== spared));
    },
  },
  {
    ...{ name: 'pause', part: 'gateway', lastsMs: LONG },
    how: 'one gateway is stopped by SIGSTOP, and goes on',
    async inject({ members }, share) {
      const { pid } = pick(members, share).process;
      process.kill(pid, 'SIGSTOP');
      return async () => process.kill(pid, 'SIGCONT');
    },
  },
  {
    ...{ name: 'rolling restart', part: 'gateway', lastsMs: SHORT },
    how: 'one gateway drains for 2 s, and is started again',
    async inject({ members }, share) {
      const member = pick(members, share);
      const ended = member.process.drain();
      return async () => {
        await ended;
        await supervise(() => member.start());
      };
    },
  },
  {
    ...{ name: 'store connections terminated', part: 'store', lastsMs: SHORT },
    how: 'pg_terminate_backend for every connection of every gateway',
    async inject(world) {
      await world.terminateStoreConnections();
      return () => world.terminateStoreConnections();
    },
  },
  storeOfOne('store away from one', 'one gateway is cut off from the store', { kind: 'down' }),
  storeOfOne('store silent to one', 'what one gateway and the store send each other is lost', {
    kind: 'silent',
  }),
  storeOfOne('store far from one', 'every packet between one gateway and the store takes 200 ms', {
    ...{ kind: 'slow', delayMs: 200 },
  }),
  {
    ...{ name: 'store away from all', part: 'store', lastsMs: LONG },
    how: 'all gateways are cut off from the store',
    async inject({ surroundings }) {
      return disturb(
        surroundings.map(({ store }) => store),
        { kind: 'down' },
      );
    },
  },
  {
    ...{ name: 'gateway not reached', part: 'link', lastsMs: LONG },
    how: 'the other gateways are cut off from one, which still reaches them',
    async inject({ surroundings }, share) {
      return disturb([pick(surroundings, share).peers], { kind: 'down' });
    },
  },
  {
    ...{ name: 'gateways silent to each other', part: 'link', lastsMs: LONG },
    how: 'what gateways send each other is lost',
    async inject({ surroundings }) {
      return disturb(
        surroundings.map(({ peers }) => peers),
        { kind: 'silent' },
      );
    },
  },
];

async function killed(members: readonly Member[]): Promise<() => Promise<void>> {
  await Promise.all(members.map(({ process: own }) => own.kill()));
  return async () => {
    for (const member of members) await supervise(() => member.start());
  };
}

function storeOfOne(name: string, how: string, state: LinkState): NemesisFault {
  return {
    ...{ name, how, part: 'store', lastsMs: LONG },
    async inject({ surroundings }, share) {
      return disturb([pick(surroundings, share).store], state);
    },
  };
}
