import type { ContentMasker, ContentPlan, OpenContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { maskWithin } from '../rows/token-masks.ts';
import { TokenLookups } from '../vault/token-lookups.ts';
import type { TokenVault } from '../vault/token-vault.ts';

/** Has vault tokens put into what a plan shows. */
export function withTokens(plan: ContentPlan, vault: TokenVault | undefined): ContentPlan {
  if (vault === undefined || (plan.kind !== 'masked' && plan.kind !== 'inspected')) return plan;
  return { ...plan, openMasker: openTokenMasker(plan.openMasker, vault) };
}

function openTokenMasker(openMasker: OpenContentMasker, vault: TokenVault): OpenContentMasker {
  return (write) => new TokenMasker(openMasker, vault, write);
}

/**
 * Puts tokens in place of what the masks made of values (`vk1_…`), which no masker writes in pieces. What waits for
 * the store is held back, and all behind it.
 */
class TokenMasker implements ContentMasker {
  readonly #inner: ContentMasker;
  readonly #lookups: TokenLookups;
  readonly #maskTokens: ReturnType<typeof maskWithin>;
  readonly #write: (bytes: Buffer) => void;
  #held: Buffer[] = [];
  #pending: Promise<void> | undefined;

  constructor(openMasker: OpenContentMasker, vault: TokenVault, write: (bytes: Buffer) => void) {
    this.#lookups = new TokenLookups(vault, 'tokens');
    this.#maskTokens = maskWithin(this.#lookups);
    this.#write = write;
    this.#inner = openMasker((bytes) => void this.#held.push(bytes));
  }

  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  push(bytes: Buffer): void {
    this.#inner.push(bytes);
    this.#flush();
  }

  end(): void {
    this.#inner.end();
    this.#flush();
  }

  describe(): EvidenceFields {
    return this.#inner.describe();
  }

  #flush(): void {
    if (this.#held.length === 0) return;
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const masked = this.#maskTokens(bytes, 0, bytes.length);
    if (this.#lookups.isWanting) {
      this.#held = [bytes];
      this.#pending = this.#load();
      return;
    }
    this.#lookups.settle();
    this.#held = [];
    this.#write(masked ?? bytes);
  }

  async #load(): Promise<void> {
    await this.#lookups.load();
    this.#pending = undefined;
    this.#flush();
  }
}
