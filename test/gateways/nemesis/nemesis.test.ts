import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { verifyTogether } from '../join-ledgers.ts';
import { type ApprovalWorld, runApprovalRound, startApprovalWorld } from './approval-rounds.ts';
import { NEMESIS_FAULTS } from './nemesis-faults.ts';
import { type NemesisWorld, startNemesisWorld } from './nemesis-world.ts';
import { CONSUMERS } from './run-nemesis.ts';
import { runNemesisRound } from './run-nemesis-round.ts';

describe('three gateways on one store', () => {
  let world: NemesisWorld;
  let first = 1;
  before(async () => {
    world = await startNemesisWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [index, fault] of NEMESIS_FAULTS.entries()) {
    it(`execute nothing that is not sealed: ${fault.name}`, async () => {
      const [lastsMs] = fault.lastsMs;
      const share = (index % world.members.length) / world.members.length;
      const plan = { fault, share, beforeMs: 50, lastsMs };
      ({ next: first } = await runNemesisRound(world, plan, first));
    });
  }

  it('have ledgers that verify together', async () => {
    for (const { process: own } of world.members) await own.stop();
    const report = await verifyTogether(world.members);
    assert(report.ok, JSON.stringify(report.problems));
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
