import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../api/paths.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { CliHost } from './command-context.ts';
import { fetchFromGateway } from './gateway-fetch.ts';
import { describeProblem } from './gateway-request.ts';
import { SignedInGateway } from './signed-in-gateway.ts';

/** The gateway's contract as calls, signed in. */
export interface ContractClient {
  readonly call: Client<paths>;
  /**
   * What an answer holds.
   *
   * @throws {CliError} If the answer is an error.
   */
  readonly read: <Data>(answer: ContractAnswer<Data>) => Data;
}

/** What `openapi-fetch` makes of an answer. */
interface ContractAnswer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** @param option `--gateway`. @throws {CliError} If nobody is signed in. */
export async function openContract(
  host: CliHost,
  option: string | undefined,
): Promise<ContractClient> {
  const gateway = await SignedInGateway.open(host, option);
  const { url, ca } = gateway.known;
  const token = await gateway.token();
  const call = createClient<paths>({
    baseUrl: url,
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
    fetch: (request) => fetchFromGateway(request, { url, ca, signal: host.signal }),
  });
  return {
    call,
    read: ({ data, error, response }) => {
      if (error !== undefined) throw describeProblem(url, response.status, JSON.stringify(error));
      if (data !== undefined) return data;
      throw new CliError(EXIT.failure, `${url} answered nothing`);
    },
  };
}
