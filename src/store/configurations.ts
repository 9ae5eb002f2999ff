import type { Pool } from 'pg';
import type { GatewayEvent } from '../access/access-service.ts';
import type { BundledFile } from '../configuration/bundle.ts';
import type { SealedJson } from './sealed-json.ts';
import { StoreError } from './store-error.ts';
import { withAnnouncement } from './transact.ts';

/** A version of the configuration that gateways share. */
export interface StoredConfiguration {
  /** 1 and up; each replaces all before it. */
  readonly version: number;
  /** Of its files, as `hashBundle` says. */
  readonly sha256: string;
  /** Id of the principal who applied it. */
  readonly by: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly files: readonly BundledFile[];
}

/** As it is sealed. */
interface SealedConfiguration extends Omit<StoredConfiguration, 'version' | 'files'> {
  /** Contents: base64. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

const ANNOUNCED = JSON.stringify({ kind: 'configuration.changed' } satisfies GatewayEvent);

/** The configuration that gateways share, in the store's database. */
export class PostgresConfigurations {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  /** Number of the newest version; 0 if there is none. */
  async findNewest(): Promise<number> {
    const { rows } = await this.#pool.query<{ readonly newest: string | null }>(
      'select max(version) as newest from sallyport.configurations',
    );
    return Number(rows[0]?.newest ?? 0);
  }

  /** @throws {StoreError} If it was sealed with another key, or for another version, or was changed. */
  async find(version: number): Promise<StoredConfiguration | undefined> {
    const { rows } = await this.#pool.query<{ readonly sealed: Buffer }>(
      'select sealed from sallyport.configurations where version = $1',
      [version],
    );
    if (rows[0] === undefined) return undefined;
    // It was sealed by us.
    const opened = this.#sealed.open(String(version), rows[0].sealed) as SealedConfiguration;
    const files = opened.files.map(({ path, content }) => ({
      path,
      content: Buffer.from(content, 'base64'),
    }));
    return { ...opened, version, files };
  }

  /** Keeps a version, and tells all gateways. False: there is one of this number or a higher one. */
  async add({ version, files, ...rest }: StoredConfiguration): Promise<boolean> {
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new StoreError(`Cannot keep configuration: ${version} is no version`);
    }
    const sealed: SealedConfiguration = {
      ...rest,
      files: files.map(({ path, content }) => ({ path, content: content.toString('base64') })),
    };
    const { rowCount } = await this.#pool.query(
      withAnnouncement(
        `insert into sallyport.configurations (version, sealed)
         select $1, $2 where not exists (select from sallyport.configurations where version >= $1)
         on conflict do nothing returning version`,
        3,
      ),
      [version, this.#sealed.seal(String(version), sealed), ANNOUNCED],
    );
    return rowCount === 1;
  }
}
