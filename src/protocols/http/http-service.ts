import type { BodyMasking } from '../../masking/bodies/body-masking.ts';
import type { Detectors } from '../../masking/detectors/detectors.ts';
import type { Session } from '../protocol.ts';
import type { HttpRequestHead, SessionUpstream } from './exchange.ts';
import type { RequestDescriber } from './http-operation.ts';
import type { Problem } from './problem.ts';
import type { UpgradeHandler } from './upgrade-handler.ts';

/** How targets of one kind are spoken with: plain HTTP, Kubernetes. */
export interface HttpDialect {
  readonly describer: RequestDescriber;
  /** Undefined where nobody can follow what would be spoken: the request is then one without an upgrade. */
  findUpgradeHandler(request: HttpRequestHead): UpgradeHandler | undefined;
  /** Says no as a server of this kind would. Default of `status`: the problem's. */
  encodeProblem(problem: Problem): {
    readonly status?: number;
    readonly contentType: string;
    readonly body: string;
  };
}

/** One target as its clients are served. Its configuration may change: a new one is made then. */
export interface HttpService {
  /** Of the target. */
  readonly name: string;
  readonly dialect: HttpDialect;
  /** Cut off paths before anything else looks at them; "" for none. */
  readonly pathPrefix: string;
  /** Whether segments of a path may have parameters (`;`). */
  readonly pathParameters: boolean;
  /** Milliseconds that a held request waits before its client is told to come back; 0: it is told at once. */
  readonly reviewPatienceMs: number;
  /** Of the target, at present; undefined where it has no data map. */
  masking(): BodyMasking | undefined;
  /** Find identifiers in what reviewers are shown; undefined where the target has no data map. */
  detectors(): Detectors | undefined;
  /** The way to the target for one session: with the gateway's credential, and who asks. */
  openUpstream(session: Session): SessionUpstream;
}

/**
 * Finds whom a request is for.
 *
 * @param authority Lower case, perhaps with a port.
 * @param path Canonical.
 */
export type FindService = (authority: string, path: string) => HttpService | undefined;
