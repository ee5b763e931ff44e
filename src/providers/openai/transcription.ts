/** Transcription by `/audio/transcriptions`: the utterance as a WAV once it has ended, streamed back where that works. */
import { z } from 'zod';
import {
  LISTEN_RATE,
  type TranscribeOptions,
  type Transcript,
  type TranscriptionProvider,
  type UtteranceStream,
} from '../types.ts';
import { type Answer, type OpenAIClient, text } from './client.ts';
import { type Deadlines, guarded } from './deadlines.ts';
import { broken, cut, toProviderError } from './errors.ts';
import { events, parseJson, type Read } from './stream.ts';
import { UPLOAD_TYPE, Upload } from './upload.ts';

const NAME = 'openai-transcription';

export interface TranscriptionOptions {
  client: OpenAIClient;
  model: string;
  deadlines?: Partial<Deadlines>;
  /** Partials by SSE; whisper-1 and many local servers do not have it. Default false. */
  stream?: boolean;
  /** `verbose_json` brings the no-speech score, where the model has one (whisper). Default `json`. */
  response_format?: 'json' | 'verbose_json';
}

const DEFAULTS: Deadlines = { first_ms: 10_000, idle_ms: 5_000 };
/** OpenAI refuses less than 0.1 s; there is no word in it either. */
const MIN_MS = 100;

const EventSchema = z.object({ type: z.string(), delta: z.string().optional(), text: z.string().optional() });
const AnswerSchema = z.object({
  text: z.string(),
  segments: z.array(z.object({ no_speech_prob: z.number().optional() })).nullish(),
});

/** What one event or answer amounts to. */
type Heard = { partial: string } | { final: Transcript };

export function createOpenAITranscription(options: TranscriptionOptions): TranscriptionProvider {
  const { client } = options;
  const deadlines = { ...DEFAULTS, ...options.deadlines };
  const fields = {
    model: options.model,
    response_format: options.response_format ?? 'json',
    ...(options.stream ? { stream: 'true' } : {}),
  };

  async function* send(body: Uint8Array, signal: AbortSignal): AsyncGenerator<Heard> {
    try {
      const answer = await client.call(NAME, (sdk) =>
        sdk.post('/audio/transcriptions', { body, headers: { 'content-type': UPLOAD_TYPE }, signal }),
      );
      // Servers that cannot stream answer as if they had not been asked to.
      if (answer.contentType !== 'text/event-stream') yield { final: await whole(answer, signal) };
      else if (!(yield* events(answer, signal, client.clock, reader()))) throw cut(NAME);
    } catch (error) {
      throw toProviderError(NAME, error);
    }
  }

  async function transcribe(upload: Upload, { signal, onPartial }: TranscribeOptions): Promise<Transcript> {
    const guard = { provider: NAME, clock: client.clock, signal, ...deadlines };
    const body = upload.finish();
    let transcript: Transcript | null = null;
    for await (const heard of guarded(guard, (upstream) => send(body, upstream))) {
      if ('final' in heard) transcript = heard.final;
      else onPartial?.(heard.partial);
    }
    if (transcript === null) throw cut(NAME);
    return transcript;
  }

  return {
    name: 'openai',
    open: () => ({ start: (utterance) => collect(utterance, fields, transcribe), close() {} }),
    // The client is the caller's, and shared.
    close: async () => {},
  };
}

function collect(
  options: TranscribeOptions,
  fields: Record<string, string>,
  transcribe: (upload: Upload, options: TranscribeOptions) => Promise<Transcript>,
): UtteranceStream {
  // ISO 639-1 is what the call takes: the first part of the BCP 47 tag.
  const [language = ''] = options.language.split('-');
  const upload = new Upload(LISTEN_RATE, /^[a-z]{2,3}$/i.test(language) ? { ...fields, language } : fields);
  return {
    feed: (samples) => upload.add(samples),
    async finish() {
      options.signal.throwIfAborted();
      return upload.durationMs < MIN_MS ? { text: '' } : transcribe(upload, options);
    },
  };
}

async function whole(answer: Answer, signal: AbortSignal): Promise<Transcript> {
  const parsed = AnswerSchema.safeParse(parseJson(NAME, await text(answer, signal))).data;
  if (parsed === undefined) throw broken(NAME, 'the answer is not a transcription');
  const scores = (parsed.segments ?? []).flatMap(({ no_speech_prob }) => no_speech_prob ?? []);
  // One segment with words in it is speech.
  return { text: parsed.text.trim(), ...(scores.length === 0 ? {} : { no_speech: Math.min(...scores) }) };
}

/** Deltas add up to the hypothesis; `transcript.text.done` has all of it. */
function reader(): (json: unknown) => Read<Heard> {
  let partial = '';
  return (json) => {
    const event = EventSchema.safeParse(json).data;
    if (event === undefined || event.type === 'error') throw broken(NAME, 'an event that is no transcription');
    if (event.type === 'transcript.text.done' && event.text !== undefined) {
      return { item: { final: { text: event.text.trim() } }, end: true };
    }
    if (event.type !== 'transcript.text.delta' || !event.delta) return { item: null, end: false };
    partial += event.delta;
    return { item: { partial: partial.trim() }, end: false };
  };
}
