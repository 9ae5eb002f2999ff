import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { JobThread } from '../src/control-plane/threads/job-thread.ts';
import { JOBS } from '../src/control-plane/threads/jobs.ts';
import { createSamlProvider } from '../test/control-plane/saml-provider.ts';

/**
 * Measures how long the event loop, and with it every session, waits while the control plane looks at a large draft of
 * policies or at a large SAML answer: computed on the event loop, and on a thread of its own.
 */
const TIMES = 5;
/** Milliseconds between the samples of the delay. */
const RESOLUTION_MS = 1;
const PAUSE_MS = 20;

async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const startedMs = performance.now();
  delay.enable();
  for (let time = 0; time < TIMES; time++) {
    await work();
    // What held the event loop up is seen when it goes on.
    await setTimeout(PAUSE_MS);
  }
  delay.disable();
  const each = (performance.now() - startedMs) / TIMES - PAUSE_MS;
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1).padStart(8);
  process.stdout.write(
    `${name.padEnd(28)} each ${each.toFixed(0).padStart(5)} ms, event loop waits p99 ${ms(delay.percentile(99))} ms, max ${ms(delay.max)} ms\n`,
  );
}

const provider = await createSamlProvider();
const service = {
  entityId: 'https://gateway.test/saml/metadata',
  acsUrl: 'https://gateway.test/saml/acs',
};
const response = await provider.answer({
  audience: service.entityId,
  acsUrl: service.acsUrl,
  inResponseTo: '_1',
  nameId: 'u-4711',
  groups: Array.from({ length: 600 }, (_, index) => `group-${index}`),
});
const { entityId, signInUrl, certificate } = provider;
const answer = {
  provider: {
    name: 'sso',
    entityId,
    signInUrl,
    certificates: [certificate],
    nameIdFormat: 'persistent' as const,
    groupsAttribute: 'groups',
    groups: [],
  },
  service,
  requestId: '_1',
  response,
};
let version = 0;
/** Others each time: what was loaded last is kept. */
const draft = () => {
  version += 1;
  return Array.from({ length: 100 }, (_, index) => ({
    path: `policies/p${index}.cedar`,
    text: `// ${version}\n${'permit (principal, action == Action::"connect", resource) when { context.tls };\n'.repeat(10)}`,
  }));
};

await using thread = new JobThread({ deadlineMs: 60_000, waitingMax: 1 });
await measure('1 000 policies, event loop', () => JOBS.checkPolicies(draft()));
await measure('1 000 policies, thread', () => thread.run('checkPolicies', draft()));
await measure('SAML answer, event loop', () => JOBS.readSamlAnswer(answer));
await measure('SAML answer, thread', () => thread.run('readSamlAnswer', answer));
