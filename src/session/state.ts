import type { AudioFormat, ServerEventBody, TurnDetection } from '../../protocol/index.ts';
import type { ReplySnapshot } from '../conversation/reply.ts';
import type { SessionSummary } from '../providers/types.ts';
import type { EndReason, ItemRecord, SessionRecord } from '../store/types.ts';
import type { ReplyKind } from './wrap-up.ts';

export type Dialect = 'realtime' | 'kuku.v1';

/** What a connection set by `session.update`; it ends with the connection. */
export interface Settings {
  input_format: AudioFormat;
  output_format: AudioFormat;
  turn_detection: TurnDetection;
  noise_reduction: { type?: 'near_field' | 'far_field' | undefined } | null;
}

/** What the user is doing. */
export type InputState =
  | { kind: 'quiet' }
  /** `hidden`: during the goodbye; announced only when it turns out to matter. `manual`: the client commits. */
  | ({ kind: 'speaking'; began_at: number } & Utterance);

export interface Utterance {
  item_id: string;
  hidden: boolean;
  manual: boolean;
}

export type SpokenKind = ReplyKind | 'greeting' | 'apology';

/** The reply under way. At most one: a second is never begun before this one is settled. */
export interface ReplyState {
  response_id: string;
  item_id: string;
  kind: SpokenKind;
  position: number;
  created_at: number;
  /** `sent`: all of it was handed to the client, and its end is not heard yet. */
  stage: 'active' | 'sent';
  /** The user may be interrupting: nothing is sent until it is clear whether they are. */
  paused: boolean;
  /** False where nobody listened when it began (REST): text only, and no `response.*` events. */
  spoken: boolean;
  /** The whole text, once it is known. */
  text: string | null;
  /** Times that the end was put off because somebody spoke over the goodbye. */
  put_off: number;
}

export type TimerName = 'idle' | 'near' | 'limit' | 'heard' | 'interrupt';

export interface SessionState {
  /** What is stored. */
  record: SessionRecord;
  /** The transcript, in order: user's words, and of the coach what was heard. */
  turns: ItemRecord[];
  /** Who listens; null: nobody. */
  dialect: Dialect | null;
  settings: Settings;
  input: InputState;
  /** Utterances that are over and whose words are not known yet, in order. */
  transcribing: Utterance[];
  reply: ReplyState | null;
  /** User items that no reply took up yet. */
  unanswered: string[];
  /** Words are in the transcript that wait for a pause to be answered: the user went on, or the coach was speaking. */
  respond_due: boolean;
  /** `response.create` came while the user's words were still being transcribed. */
  respond_when_heard: boolean;
  /** A nudge was spoken since the user's last sign of life (W9). */
  nudged: boolean;
  /** The session is being closed: only its summary is awaited. */
  ending: EndReason | null;
  next_position: number;
}

export type SessionInput =
  /** `settings`: those a connection begins with. */
  | { type: 'attached'; dialect: Dialect; settings: Settings; client_secret?: { value: string; expires_at: string } }
  | { type: 'detached' }
  | { type: 'speech_started'; at_ms: number; manual: boolean }
  | { type: 'speech_ended'; at_ms: number }
  | { type: 'partial'; text: string }
  | { type: 'transcript'; item_id: string; text: string; speech_ms: number }
  | { type: 'transcript_failed'; item_id: string; code: string; message: string; retryable: boolean }
  | { type: 'commit_empty'; event_id: string | null }
  | { type: 'clear' }
  | { type: 'configure'; settings: Settings; voice: string; language: string }
  | { type: 'item_create'; item_id: string | null; text: string; event_id: string | null }
  | { type: 'item_retrieve'; item_id: string; event_id: string | null }
  /** `heard_text`: the words before `audio_ms`; null where the item's audio is no longer known. */
  | { type: 'item_truncate'; item_id: string; audio_ms: number; heard_text: string | null; event_id: string | null }
  | { type: 'item_delete'; item_id: string; event_id: string | null }
  | { type: 'respond' }
  | { type: 'cancel'; response_id: string | null }
  | { type: 'button'; button: 'request' | 'confirm' | 'decline' }
  | { type: 'playout_done'; item_id: string }
  /** REST: one full turn, answered by an `answer` effect. */
  | { type: 'message'; text: string }
  /** REST: end it now. */
  | { type: 'end' }
  | { type: 'reply_text_done'; response_id: string; text: string }
  | { type: 'reply_sent'; response_id: string }
  | { type: 'reply_failed'; response_id: string; code: string; message: string }
  | { type: 'timer'; name: TimerName }
  | { type: 'summary'; summary: SessionSummary | null }
  | { type: 'fault' };

/** What a transition asks to be done, in this order. */
export type Effect =
  | { do: 'send'; event: ServerEventBody }
  /** One atomic write. Whatever is sent after it waits until it is stored. */
  | { do: 'store'; record: SessionRecord; put: ItemRecord[]; remove: string[] }
  /** The utterance is over: ask for its final words. */
  | { do: 'transcribe'; item_id: string }
  /** Give up a running utterance; with `taken`, also those whose words are still awaited. */
  | { do: 'forget_utterance'; taken: boolean }
  | { do: 'configure'; settings: Settings }
  /** Begin a reply. `text`: said as it is; null: the coach words it (for `close`: the summary does). */
  | { do: 'speak'; reply: ReplyState; text: string | null }
  | { do: 'pause' }
  | { do: 'resume' }
  | { do: 'cancel_reply' }
  | { do: 'summarise' }
  | { do: 'arm'; timer: TimerName; ms: number }
  | { do: 'disarm'; timer: TimerName }
  | { do: 'metrics'; item_id: string }
  /** For the REST call that waits for a turn: the user's item, the coach's (the answer), or why there is none. */
  | { do: 'took'; item_id: string; text: string }
  | { do: 'answer'; item_id: string; text: string }
  | { do: 'refuse'; code: string; message: string; status: number; retryable: boolean }
  | { do: 'ended' }
  | { do: 'close'; code: number; reason: string };

/** What a transition may ask about the outside. */
export interface Context {
  /** Milliseconds since the epoch. */
  now: number;
  /** A new id: `item_…`, `resp_…`. */
  id(prefix: 'item' | 'resp'): string;
  /** How far the reply under way has come; null when there is none. */
  reply: ReplySnapshot | null;
  /** How long the user has been silent inside what they are saying, ms. */
  silence_ms: number;
  /** Idle time, ms (SESSION_IDLE_SECONDS). */
  idle_ms: number;
}

export const defaultSettings: Settings = {
  input_format: { type: 'audio/pcm', rate: 24_000 },
  output_format: { type: 'audio/pcm', rate: 24_000 },
  turn_detection: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
  noise_reduction: null,
};

/** The user is saying something. With manual commits nobody can tell: audio comes all the time. */
export function talking({ input }: SessionState): boolean {
  return input.kind === 'speaking' && !input.manual;
}

/** What the coach said last, as far as it was heard. */
export function lastCoachText(turns: readonly ItemRecord[]): string | null {
  return turns.findLast(({ role }) => role === 'assistant')?.text ?? null;
}

/** A session as it is after loading: nobody attached, nothing under way. */
export function loadState(record: SessionRecord, turns: ItemRecord[]): SessionState {
  return {
    record,
    turns,
    dialect: null,
    settings: defaultSettings,
    input: { kind: 'quiet' },
    transcribing: [],
    reply: null,
    unanswered: [],
    respond_when_heard: false,
    nudged: false,
    respond_due: false,
    ending: null,
    next_position: (turns.at(-1)?.position ?? 0) + 1,
  };
}
