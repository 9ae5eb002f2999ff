import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { signIn } from '../e2e/raw-connection.ts';
import { bulkStatement, discardResult } from '../faults/bulk-result.ts';
import { startGatewayStack } from '../faults/gateway-stack.ts';
import { MemorySampler, settledResidentKib } from '../faults/process-status.ts';

const SAMPLE_MS = 250;
/** The first part fills buffers and heap; what comes after must not grow. */
const WARM_UP_BYTES = 500e6;

/** Lets one large result pass with recording on, and prints the gateway's memory meanwhile. */
export async function measureBulk(gigabytes: number): Promise<void> {
  await using server = await startPrivatePostgres({ version: 'debian' });
  await using stack = await startGatewayStack({ targetPort: server.port });
  const { pid } = stack.gateway();
  using connection = await signIn(stack.side());
  const idleKib = await settledResidentKib(pid);
  await discardResult(connection, bulkStatement(WARM_UP_BYTES));

  const sampler = new MemorySampler(pid, SAMPLE_MS);
  const startedAt = performance.now();
  const bytes = await discardResult(connection, bulkStatement(gigabytes * 1e9));
  const seconds = (performance.now() - startedAt) / 1000;
  sampler.stop();
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const from = Math.floor((sampler.samplesKib.length * tenth) / 10);
    const until = Math.floor((sampler.samplesKib.length * (tenth + 1)) / 10);
    return Math.max(...sampler.samplesKib.slice(from, until));
  });
  console.log(
    JSON.stringify({
      bytes,
      megabytesPerSecond: Math.round(bytes / 1e6 / seconds),
      residentKib: { idle: idleKib, peakOfEachTenth: tenths },
    }),
  );
}
