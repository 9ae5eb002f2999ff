import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HospitalStack, startHospitalStack } from '../../demo/hospital-stack.ts';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { changeYaml } from '../../demo/write-configuration.ts';
import type { components } from '../../src/api/paths.ts';
import { callApi } from '../e2e/call-api.ts';
import { hospitalSide } from '../e2e/environment.ts';
import { type HeldExport, holdExport, limitBriefExport } from '../e2e/held-export.ts';
import { expectPsql, type ReviewOutcomeCase } from '../e2e/review-outcomes.ts';

type AccessRequest = components['schemas']['AccessRequest'];

/** A hospital with the channels of a test, before which statements wait for Petra. */
export interface ReviewStage extends AsyncDisposable {
  readonly stack: HospitalStack;
  /** Petra's command line. */
  readonly petra: SallyportCommand;
  /** Has Ana export something by psql, and waits until others see that it waits. */
  hold(statement?: string): Promise<HeldExport>;
  /** Calls the control plane with a token of Petra's. */
  call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  /** Waits until a request is in that state. */
  untilState(id: string, state: AccessRequest['state']): Promise<AccessRequest>;
}

/** Channels of `sallyport.yaml`, and the files that they name below `secrets/`. */
export interface StagedChannels {
  readonly channels: readonly object[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where links lead. */
  readonly consoleUrl?: string;
}

/** Patients of the hospital: rows of an export that was approved. */
export const PATIENTS = 50;
const BRIEF = '3s';
/** Looks before something that should come is given up, and the milliseconds between them. */
const LOOKS_MAX = 200;
const LOOK_MS = 100;

/** Starts the hospital, has Petra sign in, and opens the channels. */
export async function startReviewStage(
  findChannels: (stack: HospitalStack) => StagedChannels = () => ({ channels: [] }),
): Promise<ReviewStage> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-channels-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const stack = await startHospitalStack({
    directory,
    hospital: { patients: PATIENTS },
    policiesAdded: limitBriefExport(BRIEF),
  });
  started.defer(() => stack.stop());
  const { channels, secrets = {}, consoleUrl } = findChannels(stack);
  const { configurationDirectory, authorityFile } = stack;
  for (const [name, secret] of Object.entries(secrets)) {
    await writeFile(join(configurationDirectory, 'secrets', name), secret, { mode: 0o600 });
  }
  if (channels.length > 0) {
    await changeYaml(join(configurationDirectory, 'sallyport.yaml'), [
      [['channels'], channels],
      [['reviews', 'consoleUrl'], consoleUrl],
    ]);
    await stack.gateway().stop();
    await stack.restartGateway();
  }
  const petra = await openSallyportCommand(directory, 'petra');
  const signedIn = await petra.signIn(
    `https://127.0.0.1:${stack.gateway().api?.port}`,
    authorityFile,
  );
  assert.equal(signedIn.code, 0, signedIn.errors);
  // The command line exchanges its sign-in for a short token: from then on she is known.
  assert.equal((await petra.run('token')).code, 0);
  const call: ReviewStage['call'] = (method, path, body) => {
    const port = stack.gateway().api?.port ?? 0;
    const caller = { port, token: stack.provider.issueToken('petra'), authorityFile };
    return callApi(caller, method, path, body);
  };
  const look = async (
    id: string,
    isRight: (request: AccessRequest) => boolean,
  ): Promise<AccessRequest> => {
    let seen = 'nothing';
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      try {
        const found = await call<AccessRequest>('GET', `/v1/requests/${id}`);
        if (isRight(found)) return found;
        seen = found.state;
      } catch (error) {
        seen = String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return assert.fail(`request ${id} did not come to that: ${seen}`);
  };
  const cleanUp = started.move();
  return {
    stack,
    petra,
    async hold(statement) {
      const held = await holdExport(hospitalSide(stack, 'ana'), statement);
      // Told to the client first, it is in the store a moment later.
      await look(held.requestId, () => true);
      return held;
    },
    call,
    untilState: (id, state) => look(id, (request) => request.state === state),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Lets one outcome come about of what waits, with verdicts given as a channel does, and sees to it that it did. */
export async function bringAbout(
  stage: ReviewStage,
  outcome: ReviewOutcomeCase,
  held: HeldExport,
  giveVerdict: (verdict: 'approve' | 'reject') => Promise<unknown>,
): Promise<void> {
  const { happen, state, reason } = outcome;
  await (typeof happen === 'object' ? giveVerdict(happen.verdict) : happen(held, stage.stack));
  await expectPsql(outcome, held, PATIENTS);
  const { end } = await stage.untilState(held.requestId, state);
  assert.equal(end?.reason, reason);
}
