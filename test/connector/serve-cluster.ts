/**
 * Stands in for a cluster, in whatever network it is run in; says where, as JSON.
 *
 * Usage: `node test/connector/serve-cluster.ts HOST TOKEN`
 */
import { startStandIn } from '../kubernetes/stand-in/api-server.ts';

const [, , host, token] = process.argv;
const { apiServer } = await startStandIn(token, host);
process.stdout.write(`${JSON.stringify(apiServer)}\n`);
