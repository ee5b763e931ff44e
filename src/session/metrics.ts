import type { ReplyTimings } from '../conversation/reply.ts';
import type { TurnTimings } from '../insight/types.ts';
import type { HeardTimings } from './ears.ts';

/** `heard` null: a typed turn. All times monotonic ms. */
export function turnTimings(heard: HeardTimings | null, reply: ReplyTimings, firstAudio: number | null): TurnTimings {
  const from = heard?.voice_ended ?? reply.asked;
  const pause = heard === null ? null : heard.endpointed - heard.voice_ended;
  const transcription = heard === null ? null : between(heard.endpointed, heard.transcribed);
  const firstChunk = between(reply.asked, reply.firstChunk);
  const ttfb = between(reply.speechAsked, reply.speechFirst);
  const e2e = between(from, firstAudio);
  return {
    end_of_turn_delay_ms: pause,
    transcription_ms: transcription,
    llm_ttft_ms: between(reply.asked, reply.firstToken),
    llm_first_chunk_ms: firstChunk,
    tts_ttfb_ms: ttfb,
    e2e_latency_ms: e2e,
    server_ms:
      e2e === null ? null : rounded(e2e - (pause ?? 0) - (transcription ?? 0) - (firstChunk ?? 0) - (ttfb ?? 0)),
  };
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : rounded(to - from);
}

/** Tenths of a millisecond; the parts may disagree by less than that. */
function rounded(ms: number): number {
  return Math.max(0, Math.round(ms * 10) / 10);
}
