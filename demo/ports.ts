/** Where the demo's gateway and provider listen if nobody else does, and always in containers. */
export const DEMO_PORTS = { postgres: 6432, ssh: 6422, http: 6444, api: 6443, oidc: 6480 };
