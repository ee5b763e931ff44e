/** One turn's timings, ms; null where a stage did not happen (a typed turn has no endpoint, a silent one no speech). */
export interface TurnTimings {
  /** From the end of the voice to the decision that the user had finished: the deliberate pause. */
  end_of_turn_delay_ms: number | null;
  /** From that decision to the final words. */
  transcription_ms: number | null;
  /** From asking the coach to its first token, and to its first speakable chunk. */
  llm_ttft_ms: number | null;
  llm_first_chunk_ms: number | null;
  /** From asking for speech to its first audio. */
  tts_ttfb_ms: number | null;
  /** From the end of the voice (typed: from the text) to the reply's first audio out. */
  e2e_latency_ms: number | null;
  /** The server's own share of it: what is left without the deliberate pause and the providers' time. */
  server_ms: number | null;
}

/** What a session tells about itself. Never given words, audio or secrets. */
export interface Insight {
  turn(sessionId: string, timings: TurnTimings): void;
  /** A session failed at `where`; the process goes on. */
  fault(sessionId: string, where: string, error: unknown): void;
}
