import type { KubernetesDataMap } from '../../configuration/kubernetes-data-map.ts';
import { type BodyMasking, openBodyMasking } from '../bodies/body-masking.ts';
import type { BodySubject, MessagePlan, QueryResolution } from '../bodies/body-subject.ts';
import { findMasksInWrite } from '../bodies/check-write.ts';
import {
  type ContentMaskingParts,
  ContentMasks,
  type Counters,
  type ShownClasses,
} from '../content/content-masks.ts';
import { FREE_TEXT } from '../content/content-plans.ts';
import type { ContentPlan, OpenContentMasker } from '../content-masker.ts';
import { chooseAccepted } from './accepted-forms.ts';
import { readApiPath } from './api-path.ts';
import { DocumentsMasker } from './documents-masker.ts';
import { findQuestionInWorkload } from './find-question-in-workload.ts';
import { findQuestionInWrite, listEncodedTexts } from './find-question-in-write.ts';
import { findLogLimit, LogMasker } from './log-masker.ts';
import { maskDocument, type ObjectMasks } from './object-masker.ts';
import { showsArchive } from './shows-archive.ts';

/** The data of Secrets. */
const SECRET = 'secret';
const NO_ARCHIVE =
  'an archive of files cannot be looked through, and something is masked for you: show one file at a time, with cat';
/** API servers read a type up to its first semicolon: of a patch it says how the body is understood. */
const UNREAD_TYPE =
  'its Content-Type cannot be read: write it as RFC 9110 has it, such as application/merge-patch+json, with parameters as name=value';
const JSON_TYPE = 'application/json';
const ERROR_STATUS_MIN = 400;

export interface KubernetesMaskingParts extends ContentMaskingParts {
  readonly dataMap: KubernetesDataMap;
}

/** Applies the data map of a cluster to what its API server answers. */
export function openKubernetesMasking(parts: KubernetesMaskingParts): BodyMasking {
  return new KubernetesMasking(parts);
}

class KubernetesMasking implements BodyMasking {
  readonly classNames: ReadonlySet<string> = new Set([SECRET, FREE_TEXT]);
  readonly #dataMap: KubernetesDataMap;
  readonly #masks: ContentMasks;
  /** For what is no object: fields of the head, and what is behind a proxy. */
  readonly #bodies: BodyMasking;

  constructor(parts: KubernetesMaskingParts) {
    const { dataMap } = parts;
    this.#dataMap = dataMap;
    this.#masks = new ContentMasks(parts);
    const unmappedBodies = dataMap.output;
    this.#bodies = openBodyMasking({
      ...parts,
      dataMap: { ...dataMap, bodies: [], messages: [], parameters: [], unmappedBodies },
    });
  }

  hidesAny(shown: ShownClasses): boolean {
    return this.#hidesSecrets(shown) || this.#hidesText(shown);
  }

  chooseAccepted(path: string, accept: string | undefined): string | undefined {
    const kind = readApiPath(path);
    return kind === 'objects' || kind === 'secrets' ? chooseAccepted(accept) : undefined;
  }

  planResponse(subject: BodySubject, shown: ShownClasses): ContentPlan {
    const kind = readApiPath(subject.path);
    switch (kind) {
      case 'discovery':
        return { kind: 'raw' };
      case 'other':
        return this.#bodies.planResponse(subject, shown);
      case 'log':
        if (!this.#hidesText(shown)) return { kind: 'raw' };
        return {
          kind: 'inspected',
          openMasker: (write) =>
            new LogMasker({
              counters: this.#masks.begin([], shown, undefined),
              bytesMax: findLogLimit(subject.query ?? ''),
              write,
            }),
        };
      case 'objects':
      case 'secrets':
        return this.#planObjects(kind === 'secrets', subject, shown);
    }
  }

  #planObjects(isOfSecrets: boolean, subject: BodySubject, shown: ShownClasses): ContentPlan {
    const isJson = subject.mediaType?.essence === JSON_TYPE;
    const openMasker = this.#openDocuments(isOfSecrets, shown);
    if (!this.hidesAny(shown)) {
      // Who sees Secrets raw is told of in the ledger.
      return isOfSecrets && isJson ? { kind: 'raw', openObserver: openMasker } : { kind: 'raw' };
    }
    if (isJson) return { kind: 'masked', openMasker };
    // What is no answer of the API but of the server: that it does not know the path, or wants an upgrade.
    const isError = (subject.status ?? 0) >= ERROR_STATUS_MIN;
    if (isError) return this.#bodies.planResponse(subject, shown);
    return { kind: 'refused', reason: 'objects are masked in JSON alone' };
  }

  #openDocuments(isOfSecrets: boolean, shown: ShownClasses): OpenContentMasker {
    return (write) => {
      const counters = this.#masks.begin(isOfSecrets ? [SECRET] : [], shown, undefined);
      const masks = this.#openMasks(counters, shown);
      const place = { isOfSecrets, columns: { last: undefined } };
      return new DocumentsMasker({
        mask: (document) => maskDocument(document, place, masks),
        write,
        describe: () => counters.evidence.describe(),
      });
    };
  }

  #openMasks({ found, evidence }: Counters, shown: ShownClasses): ObjectMasks {
    const maskValue = this.#masks.maskValue(SECRET, undefined);
    return {
      maskSecret: this.#hidesSecrets(shown)
        ? (text) => {
            evidence.mask(SECRET);
            return maskValue(text) ?? '';
          }
        : undefined,
      inspect: this.#hidesText(shown)
        ? (text) => {
            const bytes = Buffer.from(text);
            return found.redact(bytes, 0, bytes.length)?.toString('utf8');
          }
        : undefined,
      onObject: () => evidence.record(),
    };
  }

  planMessages(subject: BodySubject, shown: ShownClasses): MessagePlan {
    return this.#bodies.planMessages(subject, shown);
  }

  redactField(name: string, value: string, shown: ShownClasses): string {
    return this.#bodies.redactField(name, value, shown);
  }

  /** Nothing hidden can be asked by: selectors are of names, labels and states. An archive of files cannot be looked through. */
  resolveQuery({ path }: BodySubject, query: string, shown: ShownClasses): QueryResolution {
    return this.#hidesText(shown) && showsArchive(path, query)
      ? { kind: 'refused', reason: NO_ARCHIVE }
      : { kind: 'unchanged' };
  }

  hideQuery(_path: string, query: string): string {
    return query;
  }

  checkWrite(subject: BodySubject, body: Buffer, shown: ShownClasses): string | undefined {
    if (!this.hidesAny(shown)) return undefined;
    const texts = [body, ...listEncodedTexts(body).map((text) => Buffer.from(`"${text}"`))];
    const masks = texts.map(findMasksInWrite).find((reason) => reason !== undefined);
    if (masks !== undefined) return masks;
    const kind = readApiPath(subject.path);
    const isObject = kind === 'objects' || (kind === 'secrets' && this.#hidesSecrets(shown));
    if (!isObject) return undefined;
    if (subject.method === 'PATCH' && subject.mediaType === undefined) return UNREAD_TYPE;
    if (kind === 'objects') {
      const isHidden = this.#hidesText(shown) ? (text: string) => this.#finds(text) : () => false;
      return findQuestionInWorkload(subject, body, isHidden);
    }
    return findQuestionInWrite(subject.method, subject.mediaType?.essence, body);
  }

  /** Whether detectors find anything in a text. */
  #finds(text: string): boolean {
    const bytes = Buffer.from(text);
    return this.#masks.parts.textMasks.redact(bytes, 0, bytes.length) !== undefined;
  }

  #hidesSecrets(shown: ShownClasses): boolean {
    return this.#dataMap.secrets === 'mask' && !shown.has(SECRET);
  }

  #hidesText(shown: ShownClasses): boolean {
    return this.#dataMap.output === 'inspect' && !shown.has(FREE_TEXT);
  }
}
