/** What `talk` takes, tells and gives. */
import type { EndReason, Phase, ServerEvent, Session, StateChange, WireError } from '../../protocol/index.ts';
import type { Clock } from '../../src/clock.ts';
import type { Turn } from './ledger.ts';

export interface TalkOptions {
  /** Where the server is, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** A user's access token; none: an anonymous session. */
  token?: string;
  /** The script (see script.ts), one line a turn; or `wav`. */
  lines?: readonly string[];
  /** A recording to play instead: mono, any rate. */
  wav?: { rate: number; samples: Int16Array };
  /** The embedded voice that speaks the lines: slt (default), rms or awb. */
  voice?: string;
  goal?: string;
  /** The coach speaks first. */
  greeting?: boolean;
  /** Gives up after this long, seconds. Default 300. */
  max_seconds?: number;
  /** Real time: the server's is. */
  clock?: Clock;
  signal?: AbortSignal;
  onEvent?(event: TalkEvent): void;
}

/** What happens, as it happens; `at_ms` since the session was there. */
export type TalkEvent = { at_ms: number } & (
  | { type: 'talk.started'; session_id: string; url: string }
  | { type: 'talk.says'; how: Turn['how']; text: string | null; over: boolean }
  | { type: 'talk.connection'; change: StateChange }
  | { type: 'talk.event'; event: ServerEvent }
);

export interface TalkResult {
  session_id: string;
  /** What the coach said before the first line; empty: nothing. */
  greeting: string;
  turns: Turn[];
  /** In order, from `coaching` on. */
  phases: Phase[];
  /** Null: the script was over before the session was. */
  end_reason: EndReason | null;
  /** The coach's side in its time, silence where it was silent. Mono. */
  audio: { rate: number; samples: Int16Array };
  summary: Session['summary'];
  /** Over all spoken turns, errors per word said; null where nothing was spoken. */
  wer: number | null;
  /** The middle of the spoken turns' `e2e_latency_ms`; null where there is none. */
  e2e_p50_ms: number | null;
  /** `error` events of the server. */
  errors: WireError[];
}
