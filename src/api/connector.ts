import { z } from 'zod';

/** By which tokens of an identity provider a connector enrols. */
export interface WorkloadView {
  /** Name in the configuration. */
  readonly provider: string;
  /** Claims that the token must have. */
  readonly claims: Readonly<Record<string, string>>;
}

/** A tunnel of a connector to one process of a gateway. */
export interface TunnelView {
  /** The process, by its log. */
  readonly log: string;
  readonly state: 'open' | 'suspect' | 'leaving';
  /** ISO 8601, as all instants. */
  readonly since: string;
  readonly remoteAddress: string;
  readonly version: string;
  readonly streams: number;
  readonly memoryBytes: number;
  /** Records that are in no ledger yet. */
  readonly recordsWaiting: number;
  /** Targets that it serves, and that its last connection could not be made to. */
  readonly targets: readonly string[];
  readonly unreachable: readonly string[];
}

/** Somebody who may begin tunnels. */
export interface ConnectorView {
  readonly name: string;
  readonly id: string;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Absent: it enrols by a token, once. */
  readonly workload?: WorkloadView | undefined;
  /** Until when its token can be used; absent once it was. */
  readonly tokenExpiresAt?: string | undefined;
  /** Of its last certificate; absent before the first. */
  readonly certificateExpiresAt?: string | undefined;
  /** When a gateway last had a tunnel of it; absent if none ever had. */
  readonly seenAt?: string | undefined;
  /** Of the best of its tunnels. `silent`: it has none. */
  readonly state: 'attached' | 'suspect' | 'leaving' | 'silent' | 'not-enrolled';
  /** What is wrong with it, in words. */
  readonly problems: readonly string[];
  readonly tunnels: readonly TunnelView[];
}

/** All of them, by name. */
export interface ConnectorList {
  readonly connectors: readonly ConnectorView[];
}

/** A connector, as a path names it. */
export interface ConnectorPath {
  readonly name: string;
}

/** Lets somebody begin tunnels. */
export interface ConnectorSubmission {
  readonly name: string;
  readonly workload?: WorkloadView | undefined;
}

/** Somebody who may begin tunnels now. */
export interface AddedConnector {
  readonly connector: ConnectorView;
  /** To enrol with, once; shown here and nowhere else. Absent where tokens of workloads enrol. */
  readonly token?: string | undefined;
  /** PEM of the authority that gateways prove themselves by. */
  readonly authority: string;
}

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const CLAIMS_MAX = 16;

const workloadSchema: z.ZodType<WorkloadView> = z.object({
  provider: nameSchema,
  claims: z.record(z.string().min(1).max(256), z.string().min(1).max(1_000)).refine((claims) => {
    const count = Object.keys(claims).length;
    return count > 0 && count <= CLAIMS_MAX;
  }, `must have 1 to ${CLAIMS_MAX} claims: without one, any workload of the provider would be the connector`),
});

const tunnelSchema: z.ZodType<TunnelView> = z.object({
  log: z.string(),
  state: z.enum(['open', 'suspect', 'leaving']),
  since: z.iso.datetime(),
  remoteAddress: z.string(),
  version: z.string(),
  streams: z.int(),
  memoryBytes: z.int(),
  recordsWaiting: z.int(),
  targets: z.array(z.string()),
  unreachable: z.array(z.string()),
});

/** Checks a {@link ConnectorView}. */
export const connectorSchema: z.ZodType<ConnectorView> = z
  .object({
    name: z.string(),
    id: z.string(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    workload: workloadSchema.optional(),
    tokenExpiresAt: z.iso.datetime().optional(),
    certificateExpiresAt: z.iso.datetime().optional(),
    seenAt: z.iso.datetime().optional(),
    state: z.enum(['attached', 'suspect', 'leaving', 'silent', 'not-enrolled']),
    problems: z.array(z.string()),
    tunnels: z.array(tunnelSchema),
  })
  .meta({ id: 'Connector' });

/** Checks a {@link ConnectorList}. */
export const connectorListSchema: z.ZodType<ConnectorList> = z
  .object({ connectors: z.array(connectorSchema) })
  .meta({ id: 'ConnectorList' });

/** Checks a {@link ConnectorPath}. */
export const connectorPathSchema: z.ZodType<ConnectorPath> = z.object({ name: nameSchema });

/** Checks a {@link ConnectorSubmission}. */
export const connectorSubmissionSchema: z.ZodType<ConnectorSubmission> = z
  .object({ name: nameSchema, workload: workloadSchema.optional() })
  .meta({ id: 'ConnectorSubmission' });

/** Checks an {@link AddedConnector}. */
export const addedConnectorSchema: z.ZodType<AddedConnector> = z
  .object({
    connector: connectorSchema,
    token: z.string().optional(),
    authority: z.string(),
  })
  .meta({ id: 'AddedConnector' });
