import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ApprovalWorld, runApprovalRound, startApprovalWorld } from './approval-rounds.ts';
import { checkEvidence } from './check-evidence.ts';
import { CLOCK_FAULTS } from './clock-faults.ts';
import { CONNECTOR_FAULTS } from './connector-faults.ts';
import { GATEWAY_FAULTS } from './gateway-faults.ts';
import { type NemesisWorld, startNemesisWorld } from './nemesis-world.ts';
import { CONSUMERS } from './run-nemesis.ts';
import { runNemesisRound } from './run-nemesis-round.ts';

describe('three gateways on one store, with two connectors before their targets', () => {
  let world: NemesisWorld;
  let first = 1;
  before(async () => {
    world = await startNemesisWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  // Two at a time, each of them once.
  const others = [...CONNECTOR_FAULTS, ...CLOCK_FAULTS];
  for (const [index, other] of others.entries()) {
    const pair = [other, ...GATEWAY_FAULTS.slice(index, index + 1)];
    const names = pair.map(({ name }) => name).join(' and ');
    it(`execute nothing that is not sealed: ${names}`, async () => {
      const lastsMs = Math.max(...pair.map((fault) => fault.lastsMs[0]));
      const share = (index % world.members.length) / world.members.length;
      const plan = { faults: pair.map((fault) => ({ fault, share })), beforeMs: 50, lastsMs };
      ({ next: first } = await runNemesisRound(world, plan, first));
    });
  }

  it('have ledgers that verify together, and that no connector contradicts', async () => {
    const { records, operations } = await checkEvidence(world);
    assert(records > 0 && operations > 0);
  });
});

describe('one approval', () => {
  const ROUNDS = 5;
  let world: ApprovalWorld;
  before(async () => {
    world = await startApprovalWorld(CONSUMERS);
  });
  after(() => world[Symbol.asyncDispose]());

  it('is used once, by whichever of a hundred sessions on three gateways', async () => {
    for (let round = 1; round <= ROUNDS; round++) await runApprovalRound(world, round);
  });
});
