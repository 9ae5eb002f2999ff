import type { HttpDataMap } from '../../configuration/http-data-map.ts';
import type { MediaType } from '../../wire/http/media-type.ts';
import type { BodySubject } from '../bodies/body-subject.ts';
import { type ContentMasks, NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { FREE_TEXT } from '../content/content-plans.ts';
import { ValueMasks } from '../content/value-masks.ts';
import type { ContentPlan } from '../content-masker.ts';
import { GrpcMasker } from './grpc-masker.ts';
import { MessageMasker } from './message-masker.ts';

/** Whether a body is messages of gRPC, in protobuf. */
export function isGrpc(mediaType: MediaType | undefined): boolean {
  return /^application\/grpc(?:\+proto)?$/.test(mediaType?.essence ?? '');
}

/** Tells what services and messages there are, and nothing of what they hold. */
const REFLECTION = /^\/grpc\.reflection\.v1(?:alpha)?\.ServerReflection\/ServerReflectionInfo$/;

/**
 * Plans the messages that a gRPC method answers with.
 *
 * @param subject Without a method, no descriptors say what its messages are.
 */
export function planGrpc(
  { grpcMethod: method, path, askedBy }: Pick<BodySubject, 'askedBy' | 'grpcMethod' | 'path'>,
  { messages, unmappedBodies }: Pick<HttpDataMap, 'messages' | 'unmappedBodies'>,
  shown: ShownClasses,
  masks: ContentMasks,
): ContentPlan {
  const classNames = [...new Set(messages.map(({ dataClass }) => dataClass))].filter(
    (name) => name !== NO_CLASS,
  );
  const isTextShown = unmappedBodies === 'pass' || shown.has(FREE_TEXT);
  const isShown = isTextShown && classNames.every((name) => shown.has(name));
  if (isShown && askedBy === undefined) return { kind: 'raw' };
  if (REFLECTION.test(path)) return { kind: 'raw' };
  if (method === undefined) {
    return { kind: 'refused', reason: 'no descriptors say what the messages of this method hold' };
  }
  const fields = new Map(messages.map((message) => [message.name, message]));
  const unmapped = isTextShown ? 'pass' : unmappedBodies;
  return {
    kind: 'masked',
    openMasker: (write) => {
      const counters = masks.begin(classNames, shown, false);
      const values = new ValueMasks(masks, shown, counters);
      const masker = new MessageMasker({ fields, unmapped, masks: values, askedBy });
      return new GrpcMasker(masker, method.response, counters.evidence, write);
    },
  };
}
