import { type Clock, sleep } from '../../src/clock.ts';
import { ProviderError } from '../../src/errors.ts';
import {
  type CoachProvider,
  LISTEN_RATE,
  type SpeechProvider,
  type TranscriptionProvider,
  VoiceActivity,
  type VoiceActivityProvider,
} from '../../src/providers/types.ts';

/** Amplitudes that the scripted detector tells apart. */
export const VOICE = 8_000;
export const COUGH = 2_000;

/** What the engines will do, changed by a test as it goes. Delays in ms of the injected clock. */
export interface Script {
  /** Final words of the utterances to come, in order; an Error fails that one. */
  hear: (string | Error)[];
  hear_ms: number;
  /** Words are shown as partials once this much of an utterance (500 ms of pre-roll included) was fed, ms; null: never. */
  partial_after_ms: number | null;
  /** Replies to come; when used up, a standard one. An Error fails that one. */
  replies: (string | Error)[];
  ttft_ms: number;
  token_ms: number;
  ttfb_ms: number;
  /** Audio a character of text has, ms. */
  char_ms: number;
  speech_fails: boolean;
}

export interface ScriptedEngines {
  script: Script;
  voiceActivity: VoiceActivityProvider;
  transcription: TranscriptionProvider;
  coach: CoachProvider;
  speech: SpeechProvider;
  /** Calls, streams and sessions that are open right now. */
  open: Map<string, number>;
  /** Every text that was asked to be spoken. */
  spoken: string[];
}

const STANDARD = 'You want to find a calmer way to start your day. What would that look like tomorrow?';

/** Engines behind the real seams that do what a script says, on the injected clock, and count what they have open. */
export function scriptedEngines(clock: Clock): ScriptedEngines {
  const script: Script = {
    hear: [],
    hear_ms: 100,
    partial_after_ms: 900,
    replies: [],
    ttft_ms: 200,
    token_ms: 10,
    ttfb_ms: 100,
    char_ms: 60,
    speech_fails: false,
  };
  const open = new Map<string, number>();
  const count = (what: string, by: 1 | -1) => open.set(what, (open.get(what) ?? 0) + by);
  const spoken: string[] = [];

  const voiceActivity: VoiceActivityProvider = {
    name: 'scripted',
    open() {
      count('detector', 1);
      return {
        feed(frame) {
          const level = Math.abs(frame[0] ?? 0);
          if (level >= VOICE) return VoiceActivity.SPEECH;
          return level >= COUGH ? VoiceActivity.SOUND : VoiceActivity.SILENCE;
        },
        reset() {},
        close: () => count('detector', -1),
      };
    },
  };

  const transcription: TranscriptionProvider = {
    name: 'scripted',
    open() {
      count('transcriber', 1);
      return {
        start({ onPartial, signal }) {
          count('utterance', 1);
          const words = script.hear.shift() ?? '';
          let fed = 0;
          let over = false;
          const end = () => {
            if (!over) count('utterance', -1);
            over = true;
          };
          signal.addEventListener('abort', end, { once: true });
          return {
            feed(samples) {
              fed += (samples.length / LISTEN_RATE) * 1000;
              const { partial_after_ms } = script;
              if (typeof words !== 'string' || words === '' || partial_after_ms === null) return;
              if (fed >= partial_after_ms) onPartial?.(words);
            },
            async finish() {
              try {
                await sleep(clock, script.hear_ms, signal);
                if (typeof words !== 'string') throw words;
                return { text: words };
              } finally {
                end();
              }
            },
          };
        },
        close: () => count('transcriber', -1),
      };
    },
    close: async () => {},
  };

  const coach: CoachProvider = {
    name: 'scripted',
    async *reply(_request, signal) {
      count('reply', 1);
      try {
        const reply = script.replies.shift() ?? STANDARD;
        await sleep(clock, script.ttft_ms, signal);
        if (typeof reply !== 'string') throw reply;
        for (const token of reply.split(/(?= )/)) {
          yield token;
          await sleep(clock, script.token_ms, signal);
        }
      } finally {
        count('reply', -1);
      }
    },
    async summarise(turns, _model, signal) {
      await sleep(clock, script.ttft_ms, signal);
      const said = turns.filter(({ role }) => role === 'user').map(({ content }) => content);
      return { text: said.join('. '), takeaways: said.slice(0, 2), action_items: [{ title: 'Call your boss' }] };
    },
    close: async () => {},
  };

  const speech: SpeechProvider = {
    name: 'scripted',
    rate: 24_000,
    voices: ['slt', 'other'],
    open() {
      count('voice', 1);
      return {
        async *synthesize(text, { signal }) {
          count('synthesis', 1);
          try {
            spoken.push(text);
            await sleep(clock, script.ttfb_ms, signal);
            if (script.speech_fails) throw new ProviderError('scripted', 'no voice');
            const samples = new Int16Array(Math.round(text.length * script.char_ms * 24)).fill(1_000);
            for (let at = 0; at < samples.length; at += 4_800) yield { samples: samples.subarray(at, at + 4_800) };
          } finally {
            count('synthesis', -1);
          }
        },
        close: () => count('voice', -1),
      };
    },
    close: async () => {},
  };

  return { script, voiceActivity, transcription, coach, speech, open, spoken };
}
