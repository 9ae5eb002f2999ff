/**
 * The words that policies may use: entity types, actions and what is known of each action.
 *
 * Every policy is validated against this text when it is loaded, and every question when it is
 * asked: a misspelt fact in a policy, or a fact that the gateway forgot, is an error instead of a
 * condition that never holds.
 *
 * @see https://docs.cedarpolicy.com/schema/human-readable-schema.html
 */
export const POLICY_SCHEMA: string = `
// A group as the identity provider's group claim, or the provider's configuration, names it.
entity Group;

// A permission with an end, as \`grants\` in sallyport.yaml names it. While it lasts, its holder is in it
// on the target for which it was granted.
entity Grant;

// A person. \`id\` is \`<provider>:<subject>\`, both of which are also given apart. \`signIn\` is
// "oidc-token" or "sallyport-token", by SSH also "ssh-certificate" or "oidc-device", in the console "oidc-browser"
// or "saml". Names and e-mails are not here: they do not say who somebody is.
entity User in [Group, Grant] {
  id: String,
  issuer: String,
  subject: String,
  signIn: String,
};

// A job, a service or an agent.
entity Workload in [Group, Grant] {
  id: String,
  issuer: String,
  subject: String,
  signIn: String,
};

// A system reached through the gateway. Its labels are tags:
//   resource.hasTag("environment") && resource.getTag("environment") == "production"
entity Target {
  name: String,
  kind: String,
} tags String;

// One kind of protected information on a target: "ssn", "mrn", "birth-date". Its id is
// \`<target>/<name>\`: DataClass::"hospital/ssn".
entity DataClass in [Target] {
  name: String,
};

// The gateway itself, for what is not about one target.
entity Gateway {
  name: String,
};

// Opening a connection to a target, or a session by HTTP. \`database\` is "" where there are none, \`account\` (the
// user on a host) where nobody logs in to one.
action "connect" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: {
    database: String,
    account: String,
    applicationName: String,
    clientAddress: ipaddr,
    tls: Bool,
  },
};

// Seeing a class of data as it is, unmasked.
action "reveal" appliesTo {
  principal: [User, Workload],
  resource: [DataClass],
  context: { database: String, account: String },
};

// What is known of one operation of an SQL statement. Relations are "schema.name" as the server
// resolves them, columns "schema.table.column" ("schema.table.*" for a whole row).
type SqlFacts = {
  database: String,
  // "postgres"
  protocol: String,
  // Statements in the message; more than 1 when several were sent as one text.
  statements: Long,
  // Command tag: "SELECT", "DROP TABLE"
  command: String,
  reads: Set<String>,
  writes: Set<String>,
  // Union of reads and writes.
  relations: Set<String>,
  columns: Set<String>,
  functions: Set<String>,
  // For schema changes, grants and comments: "table", "role", ...
  objectKind: String,
  // For schema changes: the objects. For sql.set: the setting.
  objects: Set<String>,
  hasWhere: Bool,
  // A constant LIMIT of the outermost query, or -1.
  limit: Long,
  // Reads or changes many rows: no restriction on a unique key.
  bulk: Bool,
  // Can do what its text does not show.
  opaque: Bool,
  // Some name could not be resolved with certainty: relations then holds every candidate.
  ambiguous: Bool,
  // Different patients whose rows the principal was shown today (UTC) before this operation, about.
  patientsToday: Long,
};

action "sql.read", "sql.write", "sql.schema", "sql.admin", "sql.code", "sql.session";

action "sql.select", "sql.copy-out", "sql.explain", "sql.show"
in [Action::"sql.read"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

action "sql.insert", "sql.update", "sql.delete", "sql.merge", "sql.copy-in", "sql.truncate"
in [Action::"sql.write"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

action "sql.create", "sql.alter", "sql.drop", "sql.comment"
in [Action::"sql.schema"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

action "sql.grant", "sql.revoke", "sql.system", "sql.maintenance", "sql.lock"
in [Action::"sql.admin"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

action "sql.call", "sql.do", "sql.function-call", "sql.copy-program", "sql.copy-file"
in [Action::"sql.code"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

action "sql.set", "sql.transaction", "sql.prepare", "sql.execute", "sql.deallocate",
  "sql.declare", "sql.fetch", "sql.close", "sql.listen", "sql.notify", "sql.unlisten", "sql.discard"
in [Action::"sql.session"]
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

// In no group on purpose: a policy has to name them.
action "sql.set-role", "sql.set-lexing", "sql.large-object", "sql.replication", "sql.unknown"
appliesTo { principal: [User, Workload], resource: [Target], context: SqlFacts };

// What is known of a command. Words are as the host's shell would take them after quotes are gone; what only
// the host can know (variables, the output of other commands) makes the command \`opaque\`.
type CommandFacts = {
  // User on the host.
  account: String,
  // "ssh"
  protocol: String,
  // As it was sent or typed; "" for a shell.
  text: String,
  // Programs, without their directories: "systemctl"
  commands: Set<String>,
  // Every beginning of a simple command without its options: "systemctl", "systemctl stop", "systemctl stop nginx"
  subcommands: Set<String>,
  // What it can do: "delete-recursive", "service-control", "power", "accounts", "packages", "disk", "network",
  // "interpreter", "privilege", "permissions", "kill", ...
  effects: Set<String>,
  // Arguments that are paths, and where output goes to and input comes from; canonical, without symbolic links
  // being followed.
  paths: Set<String>,
  reads: Set<String>,
  writes: Set<String>,
  // Can do what its text does not show.
  opaque: Bool,
  // Several programs.
  pipeline: Bool,
  // Seen while it happens, and decided on what was seen: what runs inside a shell can do otherwise.
  observed: Bool,
  // What a program started it for: "scp", "rsync", "git", "sftp-server"; "" for none of these.
  recognised: String,
  // Different patients whose records the principal was shown today (UTC) before this operation, about.
  patientsToday: Long,
};

// What is known of an operation on a file. Paths are as the host resolved them.
type FileFacts = {
  account: String,
  // "ssh"
  protocol: String,
  path: String,
  // The other name, for renaming and linking; "" otherwise.
  newPath: String,
  // "sftp", "scp" or "rsync"
  via: String,
  // -1 where it is not known before.
  bytes: Long,
  patientsToday: Long,
};

// Where a connection is asked to go, or to come from.
type ForwardFacts = {
  account: String,
  // "ssh"
  protocol: String,
  host: String,
  port: Long,
  patientsToday: Long,
};

action "ssh.run", "ssh.read", "ssh.write", "ssh.forward";
action "ssh.sftp";

// "ssh.command": a line typed in a shell; always \`observed\`.
action "ssh.exec", "ssh.shell", "ssh.command"
in [Action::"ssh.run"]
appliesTo { principal: [User, Workload], resource: [Target], context: CommandFacts };

action "ssh.sftp.read", "ssh.sftp.list", "ssh.sftp.stat"
in [Action::"ssh.read", Action::"ssh.sftp"]
appliesTo { principal: [User, Workload], resource: [Target], context: FileFacts };

action "ssh.sftp.write", "ssh.sftp.remove", "ssh.sftp.rename", "ssh.sftp.mkdir", "ssh.sftp.rmdir",
  "ssh.sftp.link", "ssh.sftp.setstat"
in [Action::"ssh.write", Action::"ssh.sftp"]
appliesTo { principal: [User, Workload], resource: [Target], context: FileFacts };

action "ssh.forward.local", "ssh.forward.remote"
in [Action::"ssh.forward"]
appliesTo { principal: [User, Workload], resource: [Target], context: ForwardFacts };

// In no group on purpose: a policy has to name them.
action "ssh.agent", "ssh.x11" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { account: String, protocol: String, patientsToday: Long },
};

// Giving a program a variable that the target's \`environment\` does not list.
action "ssh.env" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { account: String, protocol: String, name: String, value: String, patientsToday: Long },
};

// What is known of an HTTP request. The path is canonical, without what the gateway cuts off; what a path prefix or
// a base path adds on the way to the target is not part of it.
type HttpFacts = {
  // "http"
  protocol: String,
  // As it was sent: "GET"
  method: String,
  // Name by which the client reached the target, without port.
  host: String,
  path: String,
  // Template of the target's OpenAPI document that the path matches, "/patients/{id}"; "" for none.
  route: String,
  // Keys of the query.
  query: Set<String>,
  // Of the request's body, without parameters and in lower case: "application/json"; "" for none.
  contentType: String,
  // Of the request's body; -1 where it is not known before.
  bytes: Long,
  // "field=value" of the scalars of a JSON or form body, where the target's \`bodyFacts\` has it read.
  body: Set<String>,
  // Whether \`body\` is all that the body holds.
  bodyKnown: Bool,
  // Where the target speaks FHIR: the type of resource, "Patient", and "read", "vread", "search", "create", "update",
  // "patch", "delete", "history", "operation", "batch" or "capabilities"; "" elsewhere.
  fhirType: String,
  fhirInteraction: String,
  // Different patients whose records the principal was shown today (UTC) before this operation, about.
  patientsToday: Long,
};

action "http.read", "http.write";

action "http.get", "http.head", "http.options"
in [Action::"http.read"]
appliesTo { principal: [User, Workload], resource: [Target], context: HttpFacts };

// "http.other": a method that is none of these.
action "http.post", "http.put", "http.patch", "http.delete", "http.other"
in [Action::"http.write"]
appliesTo { principal: [User, Workload], resource: [Target], context: HttpFacts };

// In no group on purpose: what goes through an upgraded connection is not a request.
action "http.websocket"
appliesTo { principal: [User, Workload], resource: [Target], context: HttpFacts };

// What is known of a gRPC call.
type GrpcFacts = {
  // "grpc"
  protocol: String,
  host: String,
  // Full name: "hospital.v1.Patients"
  service: String,
  method: String,
  clientStreaming: Bool,
  serverStreaming: Bool,
  // Whether the target's descriptors have this method: if not, nothing is known of its messages.
  known: Bool,
  patientsToday: Long,
};

action "grpc";

action "grpc.call"
in [Action::"grpc"]
appliesTo { principal: [User, Workload], resource: [Target], context: GrpcFacts };

// What is known of a GraphQL operation. Every operation of a request is decided by itself.
type GraphqlFacts = {
  // "graphql"
  protocol: String,
  host: String,
  path: String,
  operationName: String,
  // Paths of fields from the root, without aliases: "patient", "patient.ssn"
  fields: Set<String>,
  // Whether the text could be read: persisted queries are known by a digest only.
  known: Bool,
  patientsToday: Long,
};

action "graphql";

action "graphql.query", "graphql.mutation", "graphql.subscription"
in [Action::"graphql"]
appliesTo { principal: [User, Workload], resource: [Target], context: GraphqlFacts };

// What is known of a request to a Kubernetes API server.
type KubernetesFacts = {
  // "kubernetes"
  protocol: String,
  // As Kubernetes' own authorization has it: "get", "list", "create"
  verb: String,
  // API group ("apps"), "" for the core group; version: "v1"
  group: String,
  version: String,
  // In the plural, as in paths: "pods"; "" for paths that are no resources.
  resource: String,
  subresource: String,
  namespace: String,
  name: String,
  // Canonical path.
  path: String,
  // Of the pod, for exec, attach, port-forward and log: "app=web"
  labels: Set<String>,
  // Of a port-forward, where a connection in it goes to; 0 for its beginning, and for all else.
  port: Long,
  fieldSelector: String,
  labelSelector: String,
  dryRun: Bool,
  // For exec, what is known of the command, as of one by SSH.
  text: String,
  commands: Set<String>,
  subcommands: Set<String>,
  effects: Set<String>,
  opaque: Bool,
  // A line that was typed in a terminal which a command opened.
  observed: Bool,
  // Of the request's body; -1 where it is not known before.
  bytes: Long,
  patientsToday: Long,
};

action "k8s.read", "k8s.write";

action "k8s.get", "k8s.list", "k8s.watch", "k8s.log", "k8s.discovery"
in [Action::"k8s.read"]
appliesTo { principal: [User, Workload], resource: [Target], context: KubernetesFacts };

action "k8s.create", "k8s.update", "k8s.patch", "k8s.delete", "k8s.deletecollection", "k8s.evict", "k8s.scale", "k8s.status"
in [Action::"k8s.write"]
appliesTo { principal: [User, Workload], resource: [Target], context: KubernetesFacts };

// In no group on purpose: a policy has to name them. "k8s.raw": a path that is no resource and not discovery.
action "k8s.exec", "k8s.attach", "k8s.port-forward", "k8s.proxy", "k8s.ephemeral-containers", "k8s.token",
  "k8s.approve", "k8s.bind", "k8s.escalate", "k8s.impersonate", "k8s.raw"
appliesTo { principal: [User, Workload], resource: [Target], context: KubernetesFacts };

action "session";

// \`owner\` is the id of the principal whose session it is:
//   context.owner == principal.id
action "session.list", "session.watch", "session.end"
in [Action::"session"]
appliesTo { principal: [User, Workload], resource: [Target], context: { owner: String } };

// Taking part in a session while it runs: seeing its terminal and, as far as one may do that there oneself, typing in it.
// In no group on purpose: a policy has to name it.
action "session.join"
appliesTo { principal: [User, Workload], resource: [Target], context: { owner: String } };

// Being given the sealed raw track of a session. In no group on purpose: a policy has to name it.
action "session.unseal"
appliesTo { principal: [User, Workload], resource: [Target], context: { owner: String } };

action "token.issue" appliesTo {
  principal: [User, Workload],
  resource: [Gateway],
  context: { lifetimeSeconds: Long },
};

// \`owner\` is the id of the principal for whom the token was issued.
action "token.revoke" appliesTo {
  principal: [User, Workload],
  resource: [Gateway],
  context: { owner: String },
};

// Seeing what others asked for on a target, and their grants. Own requests, and those that one may
// review, need no permit. \`owner\` is the id of the principal who asked.
action "request.read" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { owner: String },
};

// Asking for a grant on a target. Where a forbid with @review applies, its groups decide; where none
// does, the grant begins at once. \`justified\`: a reason was given.
// "grant.break-glass" takes it at once; it is reviewed afterwards.
action "grant.request", "grant.break-glass" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { grant: String, durationSeconds: Long, justified: Bool },
};

// Ending a grant of somebody else before its time; one's own can always be given back.
action "grant.revoke" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { owner: String, grant: String },
};

// Finding out whose data was shown to whom.
action "patients.read" appliesTo {
  principal: [User, Workload],
  resource: [Target],
  context: { owner: String },
};

// "audit.read": the ledger and proofs of it. "policy.read", "policy.test": the policies, and what they
// would decide. "people.read": who has signed in, and who stands in for whom.
// "configuration.change": data maps, connectors, replays of exports, and the configuration that gateways share. "overview.read": figures over all
// targets, and which gateways and connectors there are. "alert.close": saying what became of an alert about somebody else. "retention.hold": beginning
// and ending legal holds.
action "alert.close", "audit.read", "retention.hold", "policy.read", "policy.test", "people.read", "configuration.change", "overview.read"
appliesTo {
  principal: [User, Workload],
  resource: [Gateway],
  context: {},
};
`;
