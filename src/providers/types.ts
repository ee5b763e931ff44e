/**
 * The seams between a conversation and the engines that serve it. Everything here speaks 16-bit signed mono samples
 * in host order. Every call that may take time takes an AbortSignal: aborting it stops the work upstream and makes the
 * call reject (or the iteration end) soon; nothing keeps running behind it.
 */

/** Samples a second of everything a listener hears: detectors and transcribers get this rate and no other. */
export const LISTEN_RATE = 16_000;

/** A detector's frame: 20 ms. */
export const VAD_FRAME_SAMPLES = LISTEN_RATE / 50;

/** What a detector makes of one frame. `SOUND` is loud enough to matter but not (yet) taken for a voice. */
export const VoiceActivity = { SILENCE: 0, SOUND: 1, SPEECH: 2 } as const;
export type VoiceActivity = (typeof VoiceActivity)[keyof typeof VoiceActivity];

/** Hears one session. Synchronous and cheap: it runs on every frame of every session. */
export interface VoiceActivityDetector {
  /** `frame`: exactly VAD_FRAME_SAMPLES samples at LISTEN_RATE; only read during the call. */
  feed(frame: Int16Array): VoiceActivity;
  /** Forget the past, as at the start of a session. */
  reset(): void;
  close(): void;
}

export interface VoiceActivityProvider {
  readonly name: string;
  open(): VoiceActivityDetector;
}

export interface Transcript {
  /** What was said, trimmed; empty when the engine heard no words. */
  text: string;
  /** The engine's own probability (0..1) that there was no speech, where it has one. */
  no_speech?: number;
}

export interface TranscribeOptions {
  /** BCP 47, e.g. `en-US`. */
  language: string;
  /** The whole hypothesis so far, replaced at each call; engines revise earlier words. */
  onPartial?(text: string): void;
  /** The engine is busy with others: the words are kept and will be heard, only later. Called at most once. */
  onQueued?(): void;
  signal: AbortSignal;
}

/** One utterance being transcribed while it is spoken. */
export interface UtteranceStream {
  /** Samples at LISTEN_RATE. They are only read during the call; the engine copies what it keeps. */
  feed(samples: Int16Array): void;
  /** No more samples will come. Resolves with the final text; rejects with ProviderError or the abort reason. */
  finish(): Promise<Transcript>;
}

/**
 * One session's way to a transcriber; may hold a warm connection. A next utterance may start while the one before is
 * still being finished.
 */
export interface TranscriberSession {
  start(options: TranscribeOptions): UtteranceStream;
  close(): void;
}

export interface TranscriptionProvider {
  readonly name: string;
  open(): TranscriberSession;
  close(): Promise<void>;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What the reply is for. The session decides it; models get it in words (in `messages`), the embedded coach as is. */
export type CoachTask = 'coach' | 'continue' | 'new_topic';

export interface CoachRequest {
  /** The catalogue's name of the model. */
  model: string;
  task: CoachTask;
  /** Prompt, notes and the last turns, oldest first; the last one is the user's. */
  messages: ChatMessage[];
  /** User turns so far in the whole session, this one included. */
  user_turns: number;
  goal: string | null;
  language: string;
}

export interface SessionSummary {
  text: string;
  takeaways: string[];
  action_items: { title: string; due?: string }[];
}

export interface CoachProvider {
  readonly name: string;
  /** Text deltas as they come. Ends when the reply is whole; throws ProviderError when it was cut. */
  reply(request: CoachRequest, signal: AbortSignal): AsyncIterable<string>;
  /** Recaps only what was said. `turns` is the whole transcript, oldest first, without a system message. */
  summarise(turns: ChatMessage[], model: string, signal: AbortSignal): Promise<SessionSummary>;
  close(): Promise<void>;
}

export interface SpeechAudio {
  /** Samples at the provider's `rate`; the receiver owns them. */
  samples: Int16Array;
}

export interface SpeechOptions {
  voice: string;
  language: string;
  signal: AbortSignal;
}

/** One session's way to a voice; may hold a warm connection. */
export interface SpeechSession {
  /** Speaks one chunk of a reply (a sentence or less). Yields audio as it comes. */
  synthesize(text: string, options: SpeechOptions): AsyncIterable<SpeechAudio>;
  close(): void;
}

export interface SpeechProvider {
  readonly name: string;
  /** Samples a second of what `synthesize` yields. */
  readonly rate: number;
  /** The voices it has, the default one first; undefined where any name may work. */
  readonly voices?: readonly string[];
  open(): SpeechSession;
  close(): Promise<void>;
}
