import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PrivateSshd, startPrivateSshd } from './private-sshd.ts';
import { changeYaml } from './write-configuration.ts';

/** A host with reports as files, which only the gateway has a key to. */
export interface ReportsHost extends AsyncDisposable {
  readonly sshd: PrivateSshd;
  /** Where the reports are. */
  readonly directory: string;
  /** Makes the example's target `reports`, and its policies, true on this machine. */
  configure(configurationDirectory: string): Promise<void>;
}

/** Where the example has the reports. */
const EXAMPLE_DIRECTORY = '/srv/reports';
const FILES_WITH_PATHS: readonly string[] = [
  'targets/reports.yaml',
  'policies/hosts.cedar',
  'policies/tests/hosts.yaml',
];

/** The hospital has no services that could be stopped. */
const SYSTEMCTL = `#!/bin/sh
echo "systemctl $*: done by the demo's stand-in, which has no services"
`;

/** Every number is one that nobody has: areas above 899 are not given out. */
const REPORT = `mrn,last_name,ssn,department,amount
4400017,Okafor,901-45-6712,Cardiology,1840.00
4400026,Lindqvist,912-30-1187,Radiology,420.50
4400035,Moreau,934-77-2290,Cardiology,96.10
`;

/** Starts a private sshd with a report in the home of its account. */
export async function startReportsHost(): Promise<ReportsHost> {
  const sshd = await startPrivateSshd({ programs: { systemctl: SYSTEMCTL } });
  const directory = join(sshd.home, 'sallyport-demo-reports');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, '2026-05.csv'), REPORT);
  return {
    sshd,
    directory,
    configure: async (configuration) => {
      const key = join(configuration, 'secrets/reports-key');
      await copyFile(sshd.clientKeyFile, key);
      await chmod(key, 0o600);
      const target = join(configuration, 'targets/reports.yaml');
      await changeYaml(target, [
        [['address'], `${sshd.host}:${sshd.port}`],
        [['account'], sshd.accounts[0]],
        [['hostKeys'], [sshd.hostKey]],
      ]);
      for (const file of FILES_WITH_PATHS) {
        const path = join(configuration, file);
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.replaceAll(EXAMPLE_DIRECTORY, directory));
      }
    },
    // In the home of somebody real where the server does not run as root.
    [Symbol.asyncDispose]: async () => {
      await rm(directory, { recursive: true, force: true });
      await sshd.stop();
    },
  };
}
