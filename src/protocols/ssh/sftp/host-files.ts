import type { ContentPlan } from '../../../masking/content-masker.ts';
import type { OldName } from '../../../masking/files/file-masking.ts';
import { tellContent } from '../../../masking/files/tell-content.ts';
import { type Attributes, isRegularFile } from '../../../wire/sftp/attributes.ts';
import { OpenFlag, StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import type { PendingClearance, Verdict } from '../../operation-clearance.ts';
import type { ChannelContext } from '../channel-handler.ts';
import { HeldRights, holdShownClasses } from '../held-rights.ts';
import { phrase } from '../refusal.ts';
import {
  type FileOperation,
  FileOperations,
  type FileRoute,
  type FileVerb,
} from './file-operation.ts';
import { HostPaths } from './host-paths.ts';
import { measureMasked } from './masked-file.ts';
import { isReplacing, OpenedFile } from './opened-file.ts';
import type { SftpTarget } from './sftp-target.ts';

/** Bytes looked at to tell text from what is no text. */
const SNIFFED_BYTES = 8 * 1024;
/** Sizes of masked files remembered in one channel. */
const SIZES_MAX = 256;

/** What a client wants a file opened for. */
export interface OpenRequest {
  readonly path: Buffer;
  /** `OpenFlag`s. */
  readonly flags: number;
  readonly attributes: Attributes;
  /** Said beforehand, in bytes. Default: nothing is said. */
  readonly size?: number;
}

/** Told that people are asked, and what they are asked. */
export type OnWaiting = (message: string) => void;

export type OpenedOrAnswer =
  | { readonly kind: 'opened'; readonly file: OpenedFile }
  | { readonly kind: 'answer'; readonly response: Response };

/** How a file is opened that may be. */
interface Opening {
  readonly attributes: Attributes;
  readonly rights: HeldRights;
  readonly plan: ContentPlan;
}

type Found =
  | {
      readonly kind: 'found';
      readonly paths: readonly string[];
      /** One of them leads nowhere: what the client is answered if it may ask at all. */
      readonly instead?: Response;
    }
  | { readonly kind: 'answer'; readonly response: Response };

/** The files of a target as one principal may reach them in one channel: decided, sealed, checked, masked. */
export class HostFiles {
  readonly #context: ChannelContext;
  readonly #target: SftpTarget;
  readonly #operations: FileOperations;
  readonly paths: HostPaths;
  readonly #via: FileRoute;
  readonly #pending = new Set<PendingClearance>();
  readonly #sizes = new Map<string, number | undefined>();
  #lastFile = 0;

  constructor(context: ChannelContext, target: SftpTarget, via: FileRoute) {
    this.#context = context;
    this.#target = target;
    this.#via = via;
    this.paths = new HostPaths(target);
    this.#operations = new FileOperations(context, via);
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    for (const pending of this.#pending) pending.withdraw('disconnected');
    this.#pending.clear();
  }

  /**
   * Finds out where the paths lead, asks whether that may be done, and again where they lead if people were asked meanwhile.
   *
   * @param resolve Called once or twice.
   */
  async clear(
    resolve: () => Promise<Found>,
    describe: (paths: readonly string[]) => FileOperation,
    onWaiting: OnWaiting,
  ): Promise<Found> {
    const found = await resolve();
    if (found.kind === 'answer') return found;
    const { verdict, hasWaited } = await this.#ask(describe(found.paths), onWaiting);
    if (verdict.kind === 'refused') return deny(verdict.message);
    if (found.instead !== undefined) return { kind: 'answer', response: found.instead };
    if (!hasWaited) return found;
    const again = await resolve();
    if (again.kind === 'answer') return again;
    const isSame = again.paths.every((path, index) => path === found.paths[index]);
    return isSame && again.instead === undefined
      ? again
      : refuse('the path leads elsewhere than when it was approved');
  }

  /** `clear` of one path. */
  clearPath(
    path: Buffer,
    { verb, last }: { readonly verb: FileVerb; readonly last: 'follow' | 'keep' },
    onWaiting: OnWaiting,
  ): Promise<Found> {
    return this.clear(
      () => this.resolve([path], last),
      ([resolved = '']) => ({ verbs: [verb], path: resolved }),
      onWaiting,
    );
  }

  async resolve(paths: readonly Buffer[], last: 'follow' | 'keep'): Promise<Found> {
    const resolved: string[] = [];
    let instead: Response | undefined;
    for (const path of paths) {
      const one = await this.paths.resolve(path, last);
      if (one.kind === 'answer') return one;
      if (one.kind === 'nowhere') instead ??= one.response;
      resolved.push(one.path);
    }
    return { kind: 'found', paths: resolved, ...(instead !== undefined && { instead }) };
  }

  /** Opens a file that may be opened. */
  async open(request: OpenRequest, onWaiting: OnWaiting): Promise<OpenedOrAnswer> {
    const { flags, size } = request;
    const isRead = (flags & OpenFlag.read) !== 0;
    const isWritten = (flags & ~OpenFlag.read) !== 0;
    const verbs: readonly FileVerb[] = [
      ...(isRead ? (['read'] as const) : []),
      ...(isWritten ? (['write'] as const) : []),
    ];
    if (verbs.length === 0) return refuse('a file has to be opened for something');
    const number = (this.#lastFile += 1);
    const describe = ([path = '']: readonly string[]): FileOperation => ({
      verbs,
      path,
      file: number,
      ...(size !== undefined && { bytes: size }),
    });
    const resolve = (): Promise<Found> => this.resolve([request.path], 'follow');
    const found = await this.clear(resolve, describe, onWaiting);
    if (found.kind === 'answer') return found;
    const [path = ''] = found.paths;
    const rights = this.holdRights(describe(found.paths));
    const plan = this.plan(path);
    const file = { context: this.#context, via: this.#via, number, path, flags };
    const reason = isRead ? findReasonToHide(plan, isWritten) : findReasonToKeep(plan, flags);
    if (reason !== undefined) {
      OpenedFile.refuse(file, reason);
      return refuse(`${path}: ${reason}`);
    }
    const { attributes } = request;
    return this.#openAt(file, { attributes, rights, plan: isRead ? plan : { kind: 'raw' } });
  }

  /** By what right something is opened that was allowed just now. */
  holdRights(operation: FileOperation): HeldRights {
    const { guard } = this.#context.session;
    const isAllShown = holdShownClasses(this.#context);
    return new HeldRights(guard, this.#operations.describe(operation), isAllShown);
  }

  async #openAt(
    file: ConstructorParameters<typeof OpenedFile>[0],
    { attributes, rights, plan }: Opening,
  ): Promise<OpenedOrAnswer> {
    const { path, flags } = file;
    const bytes = Buffer.from(path);
    const response = await this.#target.ask({ kind: 'open', path: bytes, flags, attributes });
    if (response.kind !== 'handle') return { kind: 'answer', response };
    const handle = Buffer.from(response.handle);
    if (!(await this.paths.isStillAt(path, handle))) {
      await this.#target.ask({ kind: 'close', handle });
      OpenedFile.refuse(file, 'the path changed while it was opened');
      return refuse('the path changed while it was opened');
    }
    const settled = await this.#settle(plan, handle);
    if (settled.kind === 'refused') {
      await this.#target.ask({ kind: 'close', handle });
      OpenedFile.refuse(file, settled.reason);
      return refuse(`${path}: ${settled.reason}`);
    }
    const content = {
      rights,
      openMasker: settled.kind === 'raw' ? undefined : settled.openMasker,
      openObserver: settled.kind === 'raw' ? settled.openObserver : undefined,
    };
    return { kind: 'opened', file: new OpenedFile(file, handle, content) };
  }

  /** What no entry of the data map speaks of is masked if it is text. */
  async #settle(plan: ContentPlan, handle: Buffer): Promise<ContentPlan> {
    if (plan.kind !== 'inspected') return plan;
    const start = await this.#target.read(handle, 0, SNIFFED_BYTES);
    // Empty now, it may be written to while it is open.
    if (!Buffer.isBuffer(start)) return plan;
    switch (tellContent(start)) {
      case 'text':
        return plan;
      case 'wide-text':
        return {
          kind: 'refused',
          reason: 'it is text in UTF-16 or the like, which cannot be masked',
        };
      case 'binary':
        return { kind: 'raw' };
    }
  }

  /** What becomes of the content of a file. @param path As the target resolves it. */
  plan(path: string): ContentPlan {
    const masking = this.#context.masking();
    if (masking === undefined) return { kind: 'raw' };
    return masking.files.plan(path, this.#shown(masking.files.classNames));
  }

  /** Whether the size of a file may be set: bytes of zero at its end may make it something else to who masks it. */
  mayResize(path: string): boolean {
    return this.plan(path).kind === 'raw';
  }

  /** Whether something hidden would go by other rules under a new name. */
  losesMasks(old: OldName, newPath: string): boolean {
    const masking = this.#context.masking();
    if (masking === undefined) return false;
    return masking.files.losesMasks(old, newPath, this.#shown(masking.files.classNames));
  }

  #shown(classNames: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
    return this.#context.session.guard.reveal(classNames).shown;
  }

  /**
   * Attributes as the principal will find them: of a file that it may read masked, the size that it will have then. Where that
   * cannot be known, none: a wrong one makes clients cut files short.
   */
  async showAttributes(path: string, attributes: Attributes): Promise<Attributes> {
    const plan = this.plan(path);
    if (plan.kind === 'raw' || plan.kind === 'refused' || !isRegularFile(attributes))
      return attributes;
    if (!this.#mayRead(path)) return attributes;
    const { size: _, ...others } = attributes;
    const size = await this.#measure(path, attributes, plan);
    return size === undefined ? others : { ...others, size };
  }

  #mayRead(path: string): boolean {
    const operation: FileOperation = { verbs: ['read'], path };
    const { key = operation } = this.#operations.describe(operation);
    const { guard } = this.#context.session;
    return guard.decide(key, () => this.#operations.actions(operation)).kind === 'allow';
  }

  async #measure(
    path: string,
    attributes: Attributes,
    plan: ContentPlan,
  ): Promise<number | undefined> {
    const key = JSON.stringify([path, attributes, this.#context.session.guard.rights]);
    if (this.#sizes.has(key)) return this.#sizes.get(key);
    const flags = OpenFlag.read;
    const response = await this.#target.ask({
      kind: 'open',
      path: Buffer.from(path),
      flags,
      attributes: {},
    });
    if (response.kind !== 'handle') return attributes.size;
    const handle = Buffer.from(response.handle);
    const settled: ContentPlan = (await this.paths.isStillAt(path, handle))
      ? await this.#settle(plan, handle)
      : { kind: 'raw' };
    const isMasked = settled.kind === 'masked' || settled.kind === 'inspected';
    const size = isMasked
      ? await measureMasked(this.#target, handle, settled.openMasker)
      : attributes.size;
    await this.#target.ask({ kind: 'close', handle });
    if (this.#sizes.size === SIZES_MAX) this.#sizes.clear();
    this.#sizes.set(key, size);
    return size;
  }

  async #ask(
    operation: FileOperation,
    onWaiting: OnWaiting,
  ): Promise<{ readonly verdict: Verdict; readonly hasWaited: boolean }> {
    const asked = Promise.withResolvers<Verdict>();
    let hasWaited = false;
    const pending = this.#context.clearance.clear(this.#operations.describe(operation), {
      onVerdict: asked.resolve,
      onWaiting(message) {
        hasWaited = true;
        onWaiting(message);
      },
    });
    this.#pending.add(pending);
    const verdict = await asked.promise;
    this.#pending.delete(pending);
    return { verdict, hasWaited };
  }
}

/** Why a file may not be read, although its reading was allowed. */
function findReasonToHide(plan: ContentPlan, isWritten: boolean): string | undefined {
  if (plan.kind === 'refused') return plan.reason;
  if (plan.kind !== 'raw' && isWritten)
    return 'what is masked for you cannot be read and written at once';
  return undefined;
}

/**
 * Why a file may not be written to. A change of a few bytes would make its content something else to who masks it: columns of
 * another name, or no text at all.
 */
function findReasonToKeep(plan: ContentPlan, flags: number): string | undefined {
  if (plan.kind === 'raw' || isReplacing(flags)) return undefined;
  return 'what is masked for you cannot be changed, only replaced as a whole';
}

/** What a client is answered that may not do something, though policies allow it. @param reason In the gateway's words. */
export function refuse(reason: string): Denied {
  return deny(phrase(`refused: ${reason}`));
}

/** As a server of SFTP itself would say no. */
interface Denied {
  readonly kind: 'answer';
  readonly response: Response;
}

function deny(message: string): Denied {
  return {
    kind: 'answer',
    response: { kind: 'status', code: StatusCode.permissionDenied, message },
  };
}
