import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption, JsonOption } from '../command-context.ts';
import { LocalRelay } from '../local-relay.ts';
import { postgresAddress, SignedInGateway } from '../signed-in-gateway.ts';
import { escapeLine } from '../terminal-text.ts';
import { listTargetNames, suggestTarget } from '../unknown-target.ts';
import { CLIENT_USER } from './psql.ts';

export interface ConnectOptions extends GatewayOption, JsonOption {
  readonly port?: string;
  readonly anyPassword?: boolean;
}

/** `sallyport connect`: a local port for tools that know nothing of tokens. Runs until Ctrl-C. */
export async function runConnect(
  host: CliHost,
  target: string,
  options: ConnectOptions,
): Promise<void> {
  const { terminal, signal } = host;
  const port = options.port === undefined ? 0 : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CliError(EXIT.usage, 'The port must be a number from 0 to 65535');
  }
  const opened = await SignedInGateway.open(host, options.gateway);
  // Says now, not at the first connection, what is wrong.
  if (opened.known.configuration.postgres?.hasOneTarget === true) await opened.token();
  else await checkDatabase(opened, target);
  // Others on this machine can reach the port too.
  const password = options.anyPassword === true ? undefined : randomBytes(12).toString('base64url');
  const relay = new LocalRelay({
    gateway: postgresAddress(opened.known),
    ca: opened.known.ca,
    target,
    password,
    token: () => opened.token(),
    onFailure: (message) => terminal.say(escapeLine(message)),
  });
  const bound = await listen(relay, port);
  const secret = password === undefined ? '' : `:${password}`;
  const database = encodeURIComponent(target);
  const url = `postgres://${CLIENT_USER}${secret}@127.0.0.1:${bound}/${database}`;
  if (options.json === true) {
    terminal.printJson({
      host: '127.0.0.1',
      port: bound,
      user: CLIENT_USER,
      password,
      database: target,
      url,
    });
  } else {
    terminal.print(`host      127.0.0.1`);
    terminal.print(`port      ${bound}`);
    terminal.print(`user      ${CLIENT_USER}`);
    terminal.print(`password  ${password ?? '(any)'}`);
    terminal.print(`database  ${target}`);
    terminal.print(`TLS       off: it ends here; the way to the gateway is encrypted`);
    terminal.print(url);
    terminal.say('Open until Ctrl-C.');
  }
  if (!signal.aborted) await once(signal, 'abort');
  await relay.close();
}

/** @throws {CliError} If the port cannot be had. */
async function listen(relay: LocalRelay, port: number): Promise<number> {
  try {
    return await relay.listen(port);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const hint = 'Choose another --port, or none: then any free one is taken.';
    throw new CliError(EXIT.failure, `Cannot listen on port ${port}: ${code}`, hint, { cause });
  }
}

/** @throws {CliError} If the target is none that takes clients of PostgreSQL, or not theirs. */
async function checkDatabase(opened: SignedInGateway, target: string): Promise<void> {
  const [wanted = ''] = target.split('/', 1);
  const databases = await listTargetNames(opened, 'postgres');
  if (databases.includes(wanted)) return;
  throw new CliError(
    EXIT.failure,
    `There is no database "${target}" that you may connect to`,
    suggestTarget(wanted, databases),
  );
}
