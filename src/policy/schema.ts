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

// Opening a connection to a target. \`database\` is "" on hosts, \`account\` (the user on the host) is "" on
// databases.
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

action "session";

// \`owner\` is the id of the principal whose session it is:
//   context.owner == principal.id
action "session.list", "session.watch", "session.end"
in [Action::"session"]
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
// "configuration.change": data maps. "overview.read": figures over all targets. "alert.close": saying what
// became of an alert about somebody else. "retention.hold": beginning and ending legal holds.
action "alert.close", "audit.read", "retention.hold", "policy.read", "policy.test", "people.read", "configuration.change", "overview.read"
appliesTo {
  principal: [User, Workload],
  resource: [Gateway],
  context: {},
};
`;
