/** A whole text spoken, or a whole recording heard, outside of any live turn. */
import { decodeAudioFile } from '../audio/decode-file.ts';
import { LISTEN_RATE, type SpeechProvider, type TranscriptionProvider } from '../providers/types.ts';
import type { SpokenAudio } from '../store/types.ts';
import { Chunker } from './chunker.ts';

/** What a recording is fed in, samples: engines take speech as it comes, and go on between the pieces. */
const PIECE = LISTEN_RATE / 2;

/** @throws ProviderError */
export async function speakWhole(
  speech: SpeechProvider,
  text: string,
  voice: string,
  language: string,
): Promise<SpokenAudio> {
  const session = speech.open();
  const { signal } = new AbortController();
  try {
    const chunker = new Chunker();
    const pieces: Int16Array[] = [];
    for (const chunk of [...chunker.push(text), ...chunker.end()]) {
      for await (const { samples } of session.synthesize(chunk, { voice, language, signal })) pieces.push(samples);
    }
    const pcm = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = 0;
    for (const { buffer, byteOffset, byteLength } of pieces) {
      pcm.set(new Uint8Array(buffer, byteOffset, byteLength), at);
      at += byteLength;
    }
    return { rate: speech.rate, pcm };
  } finally {
    session.close();
  }
}

/** The words of an audio file, '' when there are none. @throws InvalidInput or KukuError for what is no audio, ProviderError */
export async function transcribeWhole(
  transcription: TranscriptionProvider,
  file: Uint8Array,
  language: string,
): Promise<string> {
  const { samples } = await decodeAudioFile(file);
  const session = transcription.open();
  const hangUp = new AbortController();
  try {
    const stream = session.start({ language, signal: hangUp.signal });
    for (let at = 0; at < samples.length; at += PIECE) stream.feed(samples.subarray(at, at + PIECE));
    const { text } = await stream.finish();
    return text.trim();
  } finally {
    hangUp.abort();
    session.close();
  }
}
