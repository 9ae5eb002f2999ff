/** A person who can sign in at the demo provider by a click. */
export interface DemoPerson {
  /** `sub` of the person's tokens. */
  readonly subject: string;
  readonly name: string;
  readonly title: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** A program that signs in at the demo provider with a client secret. */
export interface DemoWorkload {
  /** Client id, and `sub` of its tokens. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The people of the demo hospital. */
export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    subject: 'ana',
    name: 'Ana Duarte',
    title: 'data analyst',
    email: 'ana@hospital.example',
    groups: ['analysts'],
  },
  {
    subject: 'noor',
    name: 'Noor Haddad',
    title: 'nurse',
    email: 'noor@hospital.example',
    groups: ['nurses'],
  },
  {
    subject: 'petra',
    name: 'Petra Vogel',
    title: 'privacy officer',
    email: 'petra@hospital.example',
    groups: ['privacy-officers'],
  },
];

/** The demo hospital's CI job. Its secret is public, like everything here. */
export const DEMO_WORKLOADS: readonly DemoWorkload[] = [
  {
    clientId: 'ci-claims',
    clientSecret: 'demo-ci-claims-secret',
    claims: {
      groups: ['ci'],
      repository: 'hospital/claims-import',
      ref: 'refs/heads/main',
    },
  },
];
