// NOTE: long file: generated from docs/openapi.json by tools/generate-client.ts
// The contract as types of requests and answers, for `openapi-fetch`. Do not change it by hand.

export interface paths {
  '/v1/client-configuration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a client must know before it can sign in
     * @description For anybody.
     */
    get: operations['getClientConfiguration'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth2/token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Exchange an identity provider's token for a short Sallyport token (RFC 8693)
     * @description For whoever has the token in the form.
     */
    post: operations['exchangeToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth2/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a Sallyport token early (RFC 7009)
     * @description For whoever has the token in the form.
     */
    post: operations['revokeToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The asker's own tokens that still count, SSH certificates among them
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listTokens'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tokens/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End one of the asker's own tokens, by its name
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['endToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ssh/certificates': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Certify a client's SSH key, for somebody with a token of an identity provider
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['issueSshCertificate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/whoami': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whom the gateway takes the asker for
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['getWhoami'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sign-ins': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The asker's own sign-ins in browsers
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listSignIns'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sign-ins/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End one of the asker's own sign-ins
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['endSignIn'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sign-out': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End the sign-in by which the asker asks
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['signOut'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/overview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What goes on, in numbers
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['getOverview'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Told of each change that the asker may see, as it happens
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['streamEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/requests': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Access requests that the asker may read, newest first
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listRequests'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/requests/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One access request, with what helps to judge it
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['getRequest'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/requests/{id}/reviews': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Approve or reject an access request
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['reviewRequest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/requests/{id}/withdraw': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Withdraw one's own access request
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['withdrawRequest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grant-requests': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask for a grant
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['requestGrant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/break-glass': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take a grant now; it is reviewed afterwards
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['breakGlass'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grant-kinds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Grants that can be asked for
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listGrantKinds'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grants': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Grants that the asker may see, newest first
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listGrants'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grants/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One grant
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['getGrant'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grants/{id}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask that a grant lasts longer
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['extendGrant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/grants/{id}/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a grant before its time
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['revokeGrant'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/delegations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Delegations that the asker may see, newest first
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listDelegations'];
    put?: never;
    /**
     * Let another person review in one's place
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['createDelegation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/delegations/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a delegation before its time
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['endDelegation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/people': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Principals that the gateway has seen
     * @description For whom policy lets do `people.read` on the gateway.
     */
    get: operations['listPeople'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Targets that the asker may connect to
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listTargets'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One target that the asker may connect to: its health and its data map
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['getTarget'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets/{name}/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * What would become of a statement, command or request: decisions, facts and masks; nothing is run
     * @description For whoever is signed in; the answer holds what they may see.
     */
    post: operations['explainStatement'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets/{name}/discover': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Look at names, types and samples of a target, and propose what its columns hold
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['discoverTarget'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets/{name}/data-map': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Add entries to a target's data map
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['confirmDataMap'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/configuration': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The newest version of the configuration that gateways share, by digests
     * @description For whom policy lets do `policy.read` on the gateway.
     */
    get: operations['getConfiguration'];
    put?: never;
    /**
     * Replace the configuration that gateways share, or say what would change
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['applyConfiguration'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/gateways': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Processes of all gateways on the store, with those that fell silent in the last week
     * @description For whom policy lets do `overview.read` on the gateway.
     */
    get: operations['listGateways'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/connectors': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Connectors, and the tunnels that they have to all gateways
     * @description For whom policy lets do `overview.read` on the gateway.
     */
    get: operations['listConnectors'];
    put?: never;
    /**
     * Let a connector enrol: by a token that is good once, or by tokens of its workload
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['addConnector'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/connectors/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One connector
     * @description For whom policy lets do `overview.read` on the gateway.
     */
    get: operations['getConnector'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/connectors/{name}/remove': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End the tunnels of a connector with all that runs through them, and let it begin none
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['removeConnector'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/targets/{name}/disclosures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Results that showed rows of one patient, by the ledger; the question is entered there, too
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    post: operations['findDisclosures'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sessions that the asker may see, newest first
     * @description For whoever is signed in; the answer holds what they may see.
     */
    get: operations['listSessions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One session
     * @description For whom policy lets do `session.list` to the session.
     */
    get: operations['getSession'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/recording': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a session did and was shown, one event a line
     * @description For whom policy lets do `session.watch` to the session.
     */
    get: operations['getRecording'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/raw-track': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The sealed raw track of a session, in pieces, one a line: only its recipients can read it
     * @description For whom policy lets do `session.unseal` to the session.
     */
    get: operations['getRawTrack'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a session does and is shown, as it happens
     * @description For whom policy lets do `session.watch` to the session.
     */
    get: operations['watchSession'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/join': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take part in a terminal of a session, until the client goes away: what it shows, one event a line
     * @description For whom policy lets do `session.join` to the session.
     */
    post: operations['joinSession'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/join/{join}/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Type in a session that one takes part in, and of which one has the keyboard
     * @description For whom policy lets do `session.join` to the session.
     */
    post: operations['typeInSession'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/join/{join}/keyboard': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take the keyboard of a session that one takes part in, or give it back
     * @description For whom policy lets do `session.join` to the session.
     */
    post: operations['holdKeyboard'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a session did, by the ledger: statements with decision, masks and rows
     * @description For whom policy lets do `session.watch` to the session.
     */
    get: operations['getTimeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a session that runs
     * @description For whom policy lets do `session.end` to the session.
     */
    post: operations['endSession'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The policies in force
     * @description For whom policy lets do `policy.read` on the gateway.
     */
    get: operations['getPolicies'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/validate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Whether policies are valid, and what is wrong with them
     * @description For whom policy lets do `policy.test` on the gateway.
     */
    post: operations['validatePolicies'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Run the tests of the configuration
     * @description For whom policy lets do `policy.test` on the gateway.
     */
    post: operations['testPolicies'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/policies/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * What policies would have decided on the last operations
     * @description For whom policy lets do `policy.test` on the gateway.
     */
    post: operations['replayPolicies'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The logs of the ledger
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listLedgerLogs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/checkpoints': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Signed checkpoints of a log, newest first
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listCheckpoints'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Entries of a log, newest first
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listLedgerEntries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/entries/{log}/{index}/proof': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Proof that an entry is in its log
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['proveLedgerEntry'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/holds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The legal holds in force
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listHolds'];
    put?: never;
    /**
     * Keep all that there is of some days, until the hold ends
     * @description For whom policy lets do `retention.hold` on the gateway.
     */
    post: operations['startHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ledger/holds/{id}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End a hold: what is past its time expires
     * @description For whom policy lets do `retention.hold` on the gateway.
     */
    post: operations['endHold'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/exports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How the exports of this gateway go
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listExports'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/exports/{name}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send everything from an instant on to a sink again
     * @description For whom policy lets do `configuration.change` on the gateway.
     */
    post: operations['replayExport'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/alerts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What rules over the ledger found, newest first
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['listAlerts'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/alerts/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One alert, with the entries behind it
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['getAlert'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/alerts/{id}/close': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Dismiss an alert as a false alarm, or confirm it, with a reason
     * @description For whom policy lets do `alert.close` on the gateway.
     */
    post: operations['closeAlert'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/reports/hipaa': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Verify the ledger and make a report of a period for auditors, from the ledger alone
     * @description For whom policy lets do `audit.read` on the gateway.
     */
    get: operations['makeHipaaReport'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * This contract, as OpenAPI 3.1
     * @description For anybody.
     */
    get: operations['getOpenapi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The keys by which HTTP targets check who asks through the gateway
     * @description For anybody.
     */
    get: operations['getCallerKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the process answers
     * @description For anybody.
     */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether sessions can start: store and ledger work
     * @description For anybody.
     */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export interface components {
  schemas: {
    AccessRequest: {
      id: string;
      /** @enum {string} */
      kind: 'operation' | 'grant' | 'break-glass';
      /** @enum {string} */
      state:
        | 'pending'
        | 'approved'
        | 'used'
        | 'granted'
        | 'rejected'
        | 'expired'
        | 'withdrawn'
        | 'unreviewed'
        | 'reviewed';
      requester: {
        id: string;
        name: string;
        /** @enum {string} */
        kind: 'person' | 'workload';
        groups: string[];
        grants: string[];
        signIn: string;
        clientAddress: string;
        applicationName: string;
      };
      target: string;
      database?: string;
      account?: string;
      sessionId?: string;
      typedBy?: string[];
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string;
      end?: {
        /** Format: date-time */
        at: string;
        /** @enum {string} */
        outcome: 'used' | 'granted' | 'rejected' | 'expired' | 'withdrawn' | 'reviewed';
        reason?: string;
      };
      justification?: string;
      policy: {
        ids: string[];
        version: string;
        reason: string;
      };
      rules: {
        groups: string[];
        quorum: number;
      }[];
      reviews: components['schemas']['Review'][];
      mayReview: boolean;
      /** @enum {string} */
      reviewBar?:
        | 'not-a-reviewer'
        | 'own-request'
        | 'already-reviewed'
        | 'delegator-reviewed'
        | 'over';
      mayWithdraw: boolean;
      operation?: components['schemas']['ShownOperation'];
      grant?: {
        name: string;
        durationSeconds: number;
        extends?: string;
        grantId?: string;
      };
    };
    AccessRequestDetail: {
      id: string;
      /** @enum {string} */
      kind: 'operation' | 'grant' | 'break-glass';
      /** @enum {string} */
      state:
        | 'pending'
        | 'approved'
        | 'used'
        | 'granted'
        | 'rejected'
        | 'expired'
        | 'withdrawn'
        | 'unreviewed'
        | 'reviewed';
      requester: {
        id: string;
        name: string;
        /** @enum {string} */
        kind: 'person' | 'workload';
        groups: string[];
        grants: string[];
        signIn: string;
        clientAddress: string;
        applicationName: string;
      };
      target: string;
      database?: string;
      account?: string;
      sessionId?: string;
      typedBy?: string[];
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string;
      end?: {
        /** Format: date-time */
        at: string;
        /** @enum {string} */
        outcome: 'used' | 'granted' | 'rejected' | 'expired' | 'withdrawn' | 'reviewed';
        reason?: string;
      };
      justification?: string;
      policy: {
        ids: string[];
        version: string;
        reason: string;
      };
      rules: {
        groups: string[];
        quorum: number;
      }[];
      reviews: components['schemas']['Review'][];
      mayReview: boolean;
      /** @enum {string} */
      reviewBar?:
        | 'not-a-reviewer'
        | 'own-request'
        | 'already-reviewed'
        | 'delegator-reviewed'
        | 'over';
      mayWithdraw: boolean;
      operation?: components['schemas']['ShownOperation'];
      grant?: {
        name: string;
        durationSeconds: number;
        extends?: string;
        grantId?: string;
      };
      earlier: {
        id: string;
        /** @enum {string} */
        kind: 'operation' | 'grant' | 'break-glass';
        /** @enum {string} */
        state:
          | 'pending'
          | 'approved'
          | 'used'
          | 'granted'
          | 'rejected'
          | 'expired'
          | 'withdrawn'
          | 'unreviewed'
          | 'reviewed';
        target: string;
        /** Format: date-time */
        createdAt: string;
        subject: string;
      }[];
      sessionSoFar: components['schemas']['TimelineEntry'][];
    };
    AccessRequestList: {
      requests: components['schemas']['AccessRequest'][];
      nextCursor?: string;
    };
    AddedConnector: {
      connector: components['schemas']['Connector'];
      token?: string;
      authority: string;
    };
    Alert: {
      id: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind:
        | 'break-glass'
        | 'signal'
        | 'ledger'
        | 'store'
        | 'target'
        | 'configuration'
        | 'channel'
        | 'export';
      text: string;
      target?: string;
      requestId?: string;
      alertId?: string;
    };
    AlertClosing: {
      /** @enum {string} */
      state: 'dismissed' | 'confirmed';
      reason: string;
    };
    AlertList: {
      alerts: components['schemas']['RaisedAlert'][];
      nextCursor?: string;
      counts: {
        /** @enum {string} */
        rule:
          | 'refusals'
          | 'masked-columns'
          | 'rows'
          | 'patients'
          | 'hour'
          | 'origin'
          | 'one-patient'
          | 'dormant';
        /** @enum {string} */
        state: 'open' | 'dismissed' | 'confirmed';
        count: number;
      }[];
    };
    CallerKeys: {
      keys: {
        kty: string;
        crv: string;
        x: string;
        kid: string;
        /** @constant */
        use: 'sig';
        /** @constant */
        alg: 'EdDSA';
      }[];
    };
    Checkpoint: {
      log: string;
      size: number;
      root: string;
      note: string;
    };
    CheckpointList: {
      checkpoints: components['schemas']['Checkpoint'][];
    };
    ClientConfiguration: {
      /** @constant */
      version: 1;
      signIn?: {
        /** Format: uri */
        issuer: string;
        clientId: string;
        scopes: string[];
        ca?: string;
      };
      /** @default [] */
      browserSignIns: {
        name: string;
        /** @enum {string} */
        kind: 'oidc' | 'saml';
        path: string;
      }[];
      postgres?: {
        host: string;
        port: number;
        hasOneTarget?: boolean;
      };
      ssh?: {
        host: string;
        port: number;
        suffix: string;
        hostAuthority: string;
      };
      tls: {
        ca?: string;
        caSha256?: string;
      };
    };
    ConfigurationOutcome: {
      /** @enum {string} */
      outcome: 'applied' | 'unchanged' | 'planned';
      version: number;
      sha256: string;
      changes: {
        path: string;
        /** @enum {string} */
        change: 'added' | 'changed' | 'removed';
      }[];
    };
    ConfigurationSubmission: {
      files: {
        path: string;
        /** Format: base64 */
        content: string;
      }[];
      expectedVersion?: number;
      dryRun?: boolean;
    };
    Connector: {
      name: string;
      id: string;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      workload?: {
        provider: string;
        claims: {
          [key: string]: string;
        };
      };
      /** Format: date-time */
      tokenExpiresAt?: string;
      /** Format: date-time */
      certificateExpiresAt?: string;
      /** Format: date-time */
      seenAt?: string;
      /** @enum {string} */
      state: 'attached' | 'suspect' | 'leaving' | 'silent' | 'not-enrolled';
      problems: string[];
      tunnels: {
        log: string;
        /** @enum {string} */
        state: 'open' | 'suspect' | 'leaving';
        /** Format: date-time */
        since: string;
        remoteAddress: string;
        version: string;
        streams: number;
        memoryBytes: number;
        recordsWaiting: number;
        targets: string[];
        unreachable: string[];
      }[];
    };
    ConnectorList: {
      connectors: components['schemas']['Connector'][];
    };
    ConnectorSubmission: {
      name: string;
      workload?: {
        provider: string;
        claims: {
          [key: string]: string;
        };
      };
    };
    DataMap: {
      columns: {
        column: string;
        className: string;
        mask?: string;
        paths: {
          path: string;
          className: string;
        }[];
      }[];
      patientKeys: {
        relation: string;
        column: string;
      }[];
    };
    DataMapChange: {
      file: string;
      columnsAdded: number;
      patientKeysAdded: number;
      configurationSha256: string;
    };
    DataMapConfirmation: {
      columns: {
        schema: string;
        relation: string;
        column: string;
        className: string;
        paths?: {
          path: string;
          className: string;
        }[];
      }[];
      patientKeys: {
        schema: string;
        relation: string;
        column: string;
      }[];
    };
    DataMapProposal: {
      columns: components['schemas']['ProposedColumn'][];
      undecided: components['schemas']['ProposedColumn'][];
      patientKeys: {
        schema: string;
        relation: string;
        column: string;
      }[];
      unsampled: string[];
    };
    Delegation: {
      id: string;
      from: components['schemas']['PrincipalReference'];
      to: components['schemas']['PrincipalReference'];
      groups: string[];
      reason: string;
      /** @enum {string} */
      state: 'running' | 'ended';
      /** Format: date-time */
      startsAt: string;
      /** Format: date-time */
      endsAt: string;
      /** Format: date-time */
      endedAt?: string;
      mayEnd: boolean;
    };
    DelegationList: {
      delegations: components['schemas']['Delegation'][];
    };
    DelegationSubmission: {
      to: string;
      groups?: string[];
      durationSeconds: number;
      reason: string;
    };
    Disclosure: {
      /** Format: date-time */
      at: string;
      log: string;
      index: number;
      sessionId: string;
      principal: {
        id: string;
        name: string;
      };
      statementSha256?: string;
      /** @enum {string} */
      match: 'yes' | 'maybe';
      doubts: ('sketch' | 'pseudonyms' | 'named' | 'unseen' | 'other-key' | 'unreadable')[];
      rows: number;
      raw: string[];
      masked: string[];
      found: string[];
    };
    DisclosureList: {
      disclosures: components['schemas']['Disclosure'][];
      leftOut: number;
      coverage: components['schemas']['LedgerCoverage'];
      /** Format: date */
      expiredUntil?: string;
    };
    DisclosureRequest: {
      patient: string;
      /** Format: date-time */
      since?: string;
    };
    DiscoverSubmission: {
      database?: string;
      samples?: number;
    };
    EndReason: {
      reason: string;
    };
    Explanation: {
      target: string;
      database: string;
      searchPath: string[];
      /** @enum {string} */
      outcome: 'run' | 'review' | 'refused';
      refusal?: {
        reason: string;
        hint?: string;
      };
      statements: {
        text: string;
        decision: {
          /** @enum {string} */
          kind: 'allow' | 'review' | 'deny';
          policies: string[];
          reason?: string;
          groups?: string[];
        };
        operations: {
          action: string;
          decision: {
            /** @enum {string} */
            kind: 'allow' | 'review' | 'deny';
            policies: string[];
            reason?: string;
            groups?: string[];
          };
          facts: {
            [key: string]: boolean | number | string | string[];
          };
        }[];
        outputs?: {
          column: string;
          masked: string[];
          /** @enum {string} */
          inspect: 'none' | 'text' | 'json' | 'unknown';
        }[];
      }[];
      sent?: string;
      columns?: {
        column: string;
        classes: string[];
        mask: string;
        /** @enum {string} */
        seen: 'raw' | 'masked' | 'inspected';
        because: string;
      }[];
      shown?: {
        className: string;
        policies: string[];
      }[];
      answer?: {
        mediaType: string;
        /** @enum {string} */
        seen: 'raw' | 'masked' | 'inspected' | 'refused';
        reason?: string;
        format?: string;
        fields: {
          path: string;
          className: string;
          /** @enum {string} */
          seen: 'raw' | 'masked';
        }[];
        hidden: string[];
      };
    };
    Export: {
      name: string;
      kind: string;
      /** @enum {string} */
      state: 'working' | 'failing';
      problem?: string;
      /** Format: date-time */
      failingSince?: string;
      delivered: number;
      refused: number;
      missing: number;
      lagMs?: number;
      logs: components['schemas']['ExportedLog'][];
    };
    ExportList: {
      exports: components['schemas']['Export'][];
    };
    ExportedLog: {
      log: string;
      next: number;
    };
    GatewayList: {
      processes: {
        log: string;
        gateway: string;
        version: string;
        /** Format: date-time */
        since: string;
        /** Format: date-time */
        seenAt: string;
        /** @enum {string} */
        state: 'serving' | 'draining' | 'silent';
        /** Format: date-time */
        drainingSince?: string;
        sessions: number;
        problems: string[];
      }[];
    };
    Grant: {
      id: string;
      name: string;
      principal: components['schemas']['PrincipalReference'];
      target: string;
      /** @enum {string} */
      state: 'active' | 'ended';
      reason: string;
      /** Format: date-time */
      startsAt: string;
      /** Format: date-time */
      endsAt: string;
      end?: {
        /** @enum {string} */
        kind: 'expired' | 'revoked';
        /** Format: date-time */
        at: string;
        by?: components['schemas']['PrincipalReference'];
        comment: string;
      };
      requestId?: string;
      breakGlass: boolean;
      mayRevoke: boolean;
    };
    GrantAnswer: {
      /** @enum {string} */
      outcome: 'granted' | 'waiting';
      request?: components['schemas']['AccessRequest'];
      grant?: components['schemas']['Grant'];
    };
    GrantExtension: {
      durationSeconds: number;
      reason: string;
    };
    GrantKind: {
      name: string;
      description: string;
      durationSecondsMax: number;
      /** @enum {string} */
      mayRequest?: 'at-once' | 'with-review' | 'no';
      mayBreakGlass?: boolean;
    };
    GrantKindList: {
      grantKinds: components['schemas']['GrantKind'][];
    };
    GrantList: {
      grants: components['schemas']['Grant'][];
      nextCursor?: string;
    };
    GrantRequestSubmission: {
      grant: string;
      target: string;
      durationSeconds: number;
      reason: string;
    };
    Health: {
      /** @enum {string} */
      status: 'ok' | 'unavailable';
      /** Format: date-time */
      time: string;
    };
    Hold: {
      id: string;
      /** Format: date-time */
      since: string;
      /** Format: date */
      from: string;
      /** Format: date */
      until: string;
    };
    HoldEnd: {
      reason: string;
    };
    HoldList: {
      holds: components['schemas']['Hold'][];
    };
    HoldSubmission: {
      /** Format: date */
      from: string;
      /** Format: date */
      until: string;
      reason: string;
    };
    IssuedSshCertificate: {
      id: string;
      certificate: string;
      /** Format: date-time */
      expiresAt: string;
    };
    JoinEvent:
      | {
          /** @constant */
          kind: 'joined';
          /** Format: uuid */
          join: string;
          channel: number;
        }
      | {
          /** @constant */
          kind: 'screen';
          columns: number;
          rows: number;
          changed: {
            row: number;
            runs: {
              text: string;
              foreground?: string;
              background?: string;
              isBold?: boolean;
              isUnderlined?: boolean;
              isInverse?: boolean;
            }[];
          }[];
          cursor: {
            row: number;
            column: number;
          };
        }
      | {
          /** @constant */
          kind: 'keyboard';
          /** @enum {string} */
          holder: 'you' | 'principal' | 'guest';
          name: string;
        }
      | {
          /** @constant */
          kind: 'alive';
        }
      | {
          /** @constant */
          kind: 'left';
          /** @enum {string} */
          reason: 'left' | 'disconnected' | 'not-permitted' | 'sees-less' | 'over';
        };
    JoinWish: {
      channel?: number;
    };
    KeyboardOutcome: {
      /** @enum {string} */
      outcome: 'taken' | 'given' | 'busy' | 'refused';
    };
    KeyboardWish: {
      hold: boolean;
    };
    KeysOutcome: {
      taken: boolean;
    };
    LedgerContent: {
      /** @enum {string} */
      state: 'none' | 'open' | 'sealed' | 'expired' | 'damaged';
      fields?: {
        [key: string]: unknown;
      };
    };
    LedgerCoverage: {
      read: string[];
      missing: string[];
    };
    LedgerEntry: {
      log: string;
      index: number;
      /** Format: date-time */
      at: string;
      kind: string;
      sessionId?: string;
      bytes: string;
    };
    LedgerEntryList: {
      entries: components['schemas']['LedgerEntry'][];
      nextCursor?: string;
    };
    LedgerLog: {
      name: string;
      publicKey: string;
      size: number;
      /** Format: date-time */
      checkpointAt?: string;
    };
    LedgerLogList: {
      logs: components['schemas']['LedgerLog'][];
      coverage: components['schemas']['LedgerCoverage'];
    };
    LedgerProof: {
      log: string;
      index: number;
      bytes: string;
      checkpoint: string;
      path: string[];
      publicKey: string;
      content: components['schemas']['LedgerContent'];
    };
    LiveEvent:
      | {
          /** @constant */
          kind: 'request.changed';
          id: string;
          /** @enum {string} */
          requestKind: 'operation' | 'grant' | 'break-glass';
          state: string;
          target: string;
        }
      | {
          /** @constant */
          kind: 'session.changed';
          id: string;
          /** @enum {string} */
          state: 'live' | 'ended';
          target: string;
        }
      | {
          /** @constant */
          kind: 'grant.changed';
          id: string;
          /** @enum {string} */
          state: 'active' | 'ended';
          target: string;
        }
      | {
          /** @constant */
          kind: 'alert';
          alert: components['schemas']['Alert'];
        }
      | {
          /** @constant */
          kind: 'reset';
        };
    Overview: {
      liveSessions: number;
      reviewable: number;
      ownWaiting: number;
      unreviewedBreakGlass: number;
      today?: {
        /** Format: date-time */
        since: string;
        sessions: number;
        operations: number;
        refusals: number;
        maskedValues: number;
        coverage: components['schemas']['LedgerCoverage'];
      };
      alerts: components['schemas']['Alert'][];
      health: {
        /** @enum {string} */
        ledger: 'healthy' | 'slow' | 'failing';
        /** @enum {string} */
        store: 'healthy' | 'failing';
      };
    };
    Person: {
      id: string;
      name: string;
      /** @enum {string} */
      kind: 'person' | 'workload';
      provider: string;
      groups: string[];
      /** Format: date-time */
      firstSeenAt: string;
      /** Format: date-time */
      lastSeenAt: string;
      disabled: boolean;
    };
    PersonList: {
      people: components['schemas']['Person'][];
      nextCursor?: string;
    };
    PlaybackEvent:
      | {
          /** @constant */
          kind: 'statement';
          atMs: number;
          text: string;
          parameters?: (string | null)[];
        }
      | {
          /** @constant */
          kind: 'columns';
          atMs: number;
          names: string[];
        }
      | {
          /** @constant */
          kind: 'row';
          atMs: number;
          values: (string | null)[];
        }
      | {
          /** @constant */
          kind: 'done';
          atMs: number;
          tag: string;
        }
      | {
          /** @enum {string} */
          kind: 'error' | 'notice';
          atMs: number;
          severity: string;
          code: string;
          message: string;
          detail?: string;
          hint?: string;
        }
      | {
          /** @constant */
          kind: 'data';
          atMs: number;
          bytes: number;
        }
      | {
          /** @constant */
          kind: 'cut';
          atMs: number;
        }
      | {
          /** @constant */
          kind: 'opened';
          atMs: number;
          channel: number;
          /** @enum {string} */
          what: 'exec' | 'shell' | 'subsystem' | 'forward' | 'request';
          text: string;
          account: string;
          terminal?: {
            columns: number;
            rows: number;
          };
        }
      | {
          /** @constant */
          kind: 'output';
          atMs: number;
          channel: number;
          /** @enum {string} */
          stream: 'stdout' | 'stderr';
          text: string;
        }
      | {
          /** @constant */
          kind: 'input';
          atMs: number;
          channel: number;
          text: string;
        }
      | {
          /** @constant */
          kind: 'resize';
          atMs: number;
          channel: number;
          columns: number;
          rows: number;
        }
      | {
          /** @constant */
          kind: 'exit';
          atMs: number;
          channel: number;
          status?: number;
          signal?: string;
        }
      | {
          /** @constant */
          kind: 'file';
          atMs: number;
          channel: number;
          action: string;
          /** @enum {string} */
          via: 'sftp' | 'scp' | 'rsync' | 'http';
          path: string;
          newPath?: string;
          /** @enum {string} */
          outcome: 'done' | 'refused' | 'failed' | 'cut';
          bytes?: number;
          sha256?: string;
        }
      | {
          /** @constant */
          kind: 'command';
          atMs: number;
          channel: number;
          text: string;
          /** @enum {string} */
          decision: 'allow' | 'review' | 'deny';
        }
      | {
          /** @constant */
          kind: 'guest';
          atMs: number;
          channel: number;
          id: string;
          name: string;
          /** @enum {string} */
          what: 'joined' | 'took' | 'gave' | 'left';
        }
      | {
          /** @constant */
          kind: 'screen';
          atMs: number;
          channel: number;
          columns: number;
          rows: number;
          changed: {
            row: number;
            runs: {
              text: string;
              foreground?: string;
              background?: string;
              isBold?: boolean;
              isUnderlined?: boolean;
              isInverse?: boolean;
            }[];
          }[];
          cursor: {
            row: number;
            column: number;
          };
        };
    Policy: {
      id: string;
      /** @enum {string} */
      effect: 'permit' | 'forbid';
      file: string;
      line: number;
      reason?: string;
      review?: {
        groups: string[];
        quorum: number;
      };
    };
    PolicyDraft: {
      files: {
        path: string;
        text: string;
      }[];
    };
    PolicyProblem: {
      file: string;
      line: number;
      column: number;
      message: string;
    };
    PolicyReplay: {
      problems: components['schemas']['PolicyProblem'][];
      replayed: number;
      skipped: number;
      unchanged: number;
      changes: {
        /** Format: date-time */
        at: string;
        principal: string;
        target: string;
        sessionId?: string;
        actions: string[];
        text: string;
        was: components['schemas']['ReplayedDecision'];
        would: components['schemas']['ReplayedDecision'];
        ledger: {
          log: string;
          index: number;
        };
      }[];
      coverage: components['schemas']['LedgerCoverage'];
    };
    PolicyReplaySubmission: {
      files?: {
        path: string;
        text: string;
      }[];
      last?: number;
      target?: string;
    };
    PolicySet: {
      version: string;
      files: {
        path: string;
        text: string;
      }[];
      policies: components['schemas']['Policy'][];
    };
    PolicyTestReport: {
      problems: components['schemas']['PolicyProblem'][];
      passed: number;
      failed: number;
      tests: {
        name: string;
        file: string;
        line: number;
        passed: boolean;
        message: string;
      }[];
      untested: string[];
    };
    PolicyTestSubmission: {
      files?: {
        path: string;
        text: string;
      }[];
    };
    PolicyValidation: {
      valid: boolean;
      problems: components['schemas']['PolicyProblem'][];
    };
    PrincipalReference: {
      id: string;
      name: string;
    };
    Problem: {
      status: number;
      /** @enum {string} */
      code:
        | 'bad-request'
        | 'not-signed-in'
        | 'refused'
        | 'not-found'
        | 'conflict'
        | 'idempotency-key-reused'
        | 'too-large'
        | 'too-many-requests'
        | 'unavailable'
        | 'internal';
      title: string;
      hint?: string;
    };
    ProposedColumn: {
      schema: string;
      relation: string;
      column: string;
      className: string;
      confidence: number;
      reason: string;
      paths?: {
        path: string;
        className: string;
      }[];
    };
    RaisedAlert: {
      id: string;
      /** @enum {string} */
      rule:
        | 'refusals'
        | 'masked-columns'
        | 'rows'
        | 'patients'
        | 'hour'
        | 'origin'
        | 'one-patient'
        | 'dormant';
      principalId: string;
      target?: string;
      /** Format: date-time */
      at: string;
      summary: string;
      entries: {
        log: string;
        index: number;
      }[];
      /** @enum {string} */
      state: 'open' | 'dismissed' | 'confirmed';
      closedBy?: string;
      /** Format: date-time */
      closedAt?: string;
      reason?: string;
    };
    RawTrackPiece: {
      /** Format: base64 */
      bytes: string;
    };
    ReplayStarted: {
      logs: components['schemas']['ExportedLog'][];
    };
    ReplaySubmission: {
      /** Format: date-time */
      from: string;
    };
    ReplayedDecision: {
      /** @enum {string} */
      kind: 'allow' | 'review' | 'deny';
      policies: string[];
      reason?: string;
    };
    Report: {
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      /** Format: date-time */
      madeAt: string;
      isWhole: boolean;
      coverage: components['schemas']['LedgerCoverage'];
      files: {
        name: string;
        mediaType: string;
        content: string;
      }[];
    };
    Review: {
      reviewer: components['schemas']['PrincipalReference'];
      /** @enum {string} */
      verdict: 'approve' | 'reject';
      comment?: string;
      /** Format: date-time */
      at: string;
      onBehalfOf?: components['schemas']['PrincipalReference'];
    };
    ReviewSubmission: {
      /** @enum {string} */
      verdict: 'approve' | 'reject';
      comment?: string;
    };
    Session: {
      id: string;
      principalId: string;
      principalName: string;
      target: string;
      database: string;
      account: string;
      clientAddress: string;
      applicationName: string;
      /** Format: date-time */
      startedAt: string;
      recorded: boolean;
      end?: {
        /** Format: date-time */
        endedAt: string;
        reason: string;
        operations: number;
        refused: number;
        rows: number;
        bytesSent: number;
        bytesShown: number;
        recordingSha256?: string;
      };
      matches?: {
        /** Format: date-time */
        at: string;
        text: string;
      }[];
    };
    SessionList: {
      sessions: components['schemas']['Session'][];
      coverage?: components['schemas']['LedgerCoverage'];
      nextCursor?: string;
    };
    SharedConfiguration: {
      version: number;
      sha256?: string;
      appliedBy?: string;
      /** Format: date-time */
      appliedAt?: string;
      files: {
        path: string;
        sha256: string;
      }[];
    };
    ShownChange: {
      relation: string;
      inserted: number;
      updated: number;
      deleted: number;
      columns: string[];
      samples: {
        before: (string | null)[] | null;
        after: (string | null)[] | null;
      }[];
    };
    ShownContext: {
      searchPath: string[] | null;
      formats: {
        [key: string]: string;
      };
      settings: components['schemas']['ShownText'][];
      earlierSettings: number;
      setsRole: boolean;
      isCertain: boolean;
    };
    ShownOperation: {
      protocol: string;
      /** @enum {string} */
      at: 'statement' | 'commit';
      original: components['schemas']['ShownText'];
      formatted: components['schemas']['ShownText'];
      textSha256?: string;
      parameters: {
        value: string | null;
        hidden: boolean;
        className?: string;
      }[];
      actions: string[];
      facts: {
        [key: string]: boolean | number | string | string[];
      };
      relations: string[];
      classesTouched: string[];
      estimatedRows: number | null;
      context?: components['schemas']['ShownContext'];
      changes?: components['schemas']['ShownChange'][];
    };
    ShownText: {
      text: string;
      hidden: {
        start: number;
        end: number;
        className?: string;
      }[];
    };
    SignIn: {
      id: string;
      /** @enum {string} */
      kind: 'oidc' | 'saml';
      provider: string;
      clientAddress: string;
      userAgent: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastUsedAt: string;
      /** Format: date-time */
      endsAt: string;
      /** Format: date-time */
      idleEndsAt: string;
      current: boolean;
    };
    SignInList: {
      signIns: components['schemas']['SignIn'][];
    };
    SignedOut: {
      providerUrl?: string;
    };
    SshCertificateRequest: {
      publicKey: string;
      lifetimeSeconds?: number;
      sourceAddresses?: string[];
    };
    Target: {
      name: string;
      kind: string;
      description: string;
      database: string;
      account: string;
      labels: {
        [key: string]: string;
      };
      /** Format: uri */
      url?: string;
    };
    TargetDetail: {
      name: string;
      kind: string;
      description: string;
      database: string;
      account: string;
      labels: {
        [key: string]: string;
      };
      /** Format: uri */
      url?: string;
      databases: string[];
      accounts: string[];
      health: {
        /** @enum {string} */
        state: 'reachable' | 'unreachable';
        /** Format: date-time */
        checkedAt: string;
        latencyMs?: number;
        serverVersion?: string;
        problem?: string;
      };
      dataMap?: components['schemas']['DataMap'];
      mayChange: boolean;
    };
    TargetList: {
      targets: components['schemas']['Target'][];
    };
    Timeline: {
      entries: components['schemas']['TimelineEntry'][];
      coverage: components['schemas']['LedgerCoverage'];
      nextCursor?: string;
    };
    TimelineEntry: {
      number: number;
      /** Format: date-time */
      at: string;
      kind: string;
      statement?: components['schemas']['ShownText'];
      /** @enum {string} */
      withheld?: 'sealed' | 'expired' | 'damaged';
      actions: string[];
      relations: string[];
      decision?: {
        /** @enum {string} */
        kind: 'allow' | 'review' | 'deny';
        policies: string[];
        reason?: string;
      };
      result?: {
        rows: number;
        masked: {
          [key: string]: number;
        };
        raw: string[];
      };
      transfer?: {
        action?: string;
        outcome?: string;
        place?: string;
        bytes?: number;
        sha256?: string;
      };
      requestId?: string;
      ledger: {
        log: string;
        index: number;
      };
    };
    Token: {
      id: string;
      /** @enum {string} */
      kind: 'bearer' | 'ssh-certificate';
      /** Format: date-time */
      issuedAt: string;
      /** Format: date-time */
      expiresAt: string;
    };
    TokenList: {
      tokens: components['schemas']['Token'][];
    };
    TokenProblem: {
      error: string;
      error_description?: string;
    };
    TypedKeys: {
      /** Format: base64 */
      bytes: string;
    };
    Whoami: {
      id: string;
      name: string;
      /** @enum {string} */
      kind: 'person' | 'workload';
      provider: string;
      groups: string[];
      /** @enum {string} */
      signIn:
        | 'oidc-token'
        | 'sallyport-token'
        | 'ssh-certificate'
        | 'client-certificate'
        | 'oidc-browser'
        | 'oidc-device'
        | 'saml'
        | 'slack';
      /** Format: date-time */
      expiresAt: string;
      permitted: string[];
      csrfToken?: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export interface operations {
  getClientConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClientConfiguration'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  exchangeToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/x-www-form-urlencoded': {
          grant_type: string;
          subject_token: string;
          subject_token_type: string;
          requested_token_type?: string;
          requested_lifetime?: string;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            access_token: string;
            issued_token_type: string;
            /** @constant */
            token_type: 'Bearer';
            expires_in: number;
          };
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['TokenProblem'];
        };
      };
    };
  };
  revokeToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/x-www-form-urlencoded': {
          token: string;
          token_type_hint?: string;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['TokenProblem'];
        };
      };
    };
  };
  listTokens: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endToken: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  issueSshCertificate: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SshCertificateRequest'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedSshCertificate'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getWhoami: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Whoami'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listSignIns: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignInList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endSignIn: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignInList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  signOut: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignedOut'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getOverview: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Overview'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  streamEvents: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': components['schemas']['LiveEvent'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listRequests: {
    parameters: {
      query?: {
        state?:
          | 'pending'
          | 'approved'
          | 'used'
          | 'granted'
          | 'rejected'
          | 'expired'
          | 'withdrawn'
          | 'unreviewed'
          | 'reviewed';
        kind?: 'operation' | 'grant' | 'break-glass';
        target?: string;
        requester?: string;
        session?: string;
        mine?: string;
        reviewable?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AccessRequestList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getRequest: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AccessRequestDetail'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  reviewRequest: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReviewSubmission'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AccessRequest'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  withdrawRequest: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AccessRequest'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  requestGrant: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['GrantRequestSubmission'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GrantAnswer'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  breakGlass: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['GrantRequestSubmission'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GrantAnswer'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listGrantKinds: {
    parameters: {
      query?: {
        target?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GrantKindList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listGrants: {
    parameters: {
      query?: {
        inForce?: string;
        target?: string;
        mine?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GrantList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getGrant: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Grant'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  extendGrant: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['GrantExtension'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GrantAnswer'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  revokeGrant: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EndReason'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Grant'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listDelegations: {
    parameters: {
      query?: {
        running?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DelegationList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createDelegation: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DelegationSubmission'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Delegation'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endDelegation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Delegation'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listPeople: {
    parameters: {
      query?: {
        q?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PersonList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listTargets: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TargetList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getTarget: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TargetDetail'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  explainStatement: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | {
              sql: string;
              database?: string;
            }
          | {
              request: {
                method: string;
                url: string;
                fields: [string, string][];
                /** Format: base64 */
                body?: string;
                answerType?: string;
              };
            };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Explanation'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  discoverTarget: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DiscoverSubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DataMapProposal'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  confirmDataMap: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DataMapConfirmation'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DataMapChange'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SharedConfiguration'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  applyConfiguration: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConfigurationSubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConfigurationOutcome'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listGateways: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GatewayList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listConnectors: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectorList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  addConnector: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConnectorSubmission'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AddedConnector'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getConnector: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Connector'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  removeConnector: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectorList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  findDisclosures: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DisclosureRequest'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DisclosureList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listSessions: {
    parameters: {
      query?: {
        mine?: string;
        principal?: string;
        target?: string;
        since?: string;
        state?: 'live' | 'ended';
        q?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getRecording: {
    parameters: {
      query?: {
        from?: number;
        terminals?: 'output' | 'screens';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': components['schemas']['PlaybackEvent'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getRawTrack: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': components['schemas']['RawTrackPiece'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  watchSession: {
    parameters: {
      query?: {
        terminals?: 'output' | 'screens';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': components['schemas']['PlaybackEvent'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  joinSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['JoinWish'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': components['schemas']['JoinEvent'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  typeInSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
        join: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TypedKeys'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeysOutcome'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  holdKeyboard: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
        join: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KeyboardWish'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyboardOutcome'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getTimeline: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Timeline'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EndReason'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getPolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicySet'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  validatePolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PolicyDraft'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyValidation'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  testPolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PolicyTestSubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyTestReport'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  replayPolicies: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PolicyReplaySubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyReplay'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listLedgerLogs: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LedgerLogList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listCheckpoints: {
    parameters: {
      query: {
        log: string;
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CheckpointList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listLedgerEntries: {
    parameters: {
      query: {
        log: string;
        kind?: string;
        session?: string;
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LedgerEntryList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  proveLedgerEntry: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        log: string;
        index: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LedgerProof'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listHolds: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  startHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['HoldSubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Hold'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  endHold: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['HoldEnd'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listExports: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExportList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  replayExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplaySubmission'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReplayStarted'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAlerts: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        state?: 'open' | 'dismissed' | 'confirmed';
        rule?:
          | 'refusals'
          | 'masked-columns'
          | 'rows'
          | 'patients'
          | 'hour'
          | 'origin'
          | 'one-patient'
          | 'dormant';
        principal?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AlertList'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getAlert: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RaisedAlert'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  closeAlert: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same request with the same key within 24 hours is answered as the first one was, and done once */
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AlertClosing'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RaisedAlert'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  makeHipaaReport: {
    parameters: {
      query: {
        from: string;
        to: string;
        format: 'html' | 'pdf' | 'csv';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Report'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getOpenapi: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getCallerKeys: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CallerKeys'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Health'];
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description Not done */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Health'];
        };
      };
    };
  };
}
