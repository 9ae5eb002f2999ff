import type { OutputDetectors } from '../../masking/detectors/open-tail.ts';
import type { ChannelContext } from './channel-handler.ts';

/** Holding it back longer would be noticed. */
export const HOLD_MS = 15;

/** What programs show may hold anything. */
const FREE_TEXT = 'free-text';

/** What a channel's output has to be looked through with now; undefined where the principal may see it as it is. */
export function findOutputDetectors(context: ChannelContext): OutputDetectors | undefined {
  const host = context.masking();
  if (host?.outputDetectors === undefined) return undefined;
  const { shown } = context.session.guard.reveal(host.files.classNames);
  return shown.has(FREE_TEXT) ? undefined : host.outputDetectors;
}
