import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { startOidcProvider } from '../../demo/oidc-provider.ts';
import { startGateway } from '../../demo/start-gateway.ts';
import { type Change, changeYaml, writeConfiguration } from '../../demo/write-configuration.ts';
import type { Side } from '../e2e/environment.ts';
import { makeLoopbackCertificate } from '../e2e/loopback-certificate.ts';
import type { World } from './canaries.ts';
import { LEAKS_DATABASE, type WorldServers } from './start-worlds.ts';

/** A gateway before both worlds' servers, and a masked principal's way through it to each. */
export interface MaskingGateway extends AsyncDisposable {
  readonly sides: Readonly<Record<World, Side>>;
  log(): string;
}

export interface MaskingGatewayOptions {
  /** The section `dataMap` of the targets. */
  readonly dataMap: unknown;
  /** Whether the principal may see everything: then whoever looks for leaks must find some. */
  readonly reveals: boolean;
}

const TESTER = 'tester';

/** Everything is permitted, whatever it is, except to see a data class raw. */
const MASK_EVERYTHING = `
@id("allow-all")
permit (principal, action, resource);
@id("mask-everything")
forbid (principal, action == Action::"reveal", resource);
`;

/** Starts a gateway with one target for each world. */
export async function startMaskingGateway(
  worlds: Pick<WorldServers, 'servers'>,
  { dataMap, reveals }: MaskingGatewayOptions,
): Promise<MaskingGateway> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-leaks-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const provider = await startOidcProvider();
  started.use(provider);
  const configuration = join(directory, 'configuration');
  const target = (world: World): readonly Change[] => [
    [['address'], `${worlds.servers[world].host}:${worlds.servers[world].port}`],
    [['database'], LEAKS_DATABASE],
    [['credential'], { user: worlds.servers[world].superuser }],
    [['dataMap'], dataMap],
  ];
  await writeConfiguration(configuration, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate()),
    gateway: gatewayChanges(provider, { postgres: 0, api: 0 }),
    targets: { postgres: target('a') },
  });
  const other = join(configuration, 'targets/other.yaml');
  await writeFile(other, 'kind: postgres\ntls: {mode: disable}\nseal: written\n');
  await changeYaml(other, target('b'));
  if (!reveals) await writeFile(join(configuration, 'policies/allow-all.cedar'), MASK_EVERYTHING);

  const gateway = await startGateway(configuration);
  started.defer(async () => {
    await gateway.stop();
  });
  const side = (name: string): Side => ({
    name: 'gateway',
    host: 'localhost',
    port: gateway.postgres.port,
    user: TESTER,
    password: provider.issueToken(TESTER),
    database: `${name}/${LEAKS_DATABASE}`,
    authorityFile: join(configuration, 'tls/ca.crt'),
  });
  const cleanUp = started.move();
  return {
    sides: { a: side('postgres'), b: side('other') },
    log: () => gateway.log(),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
