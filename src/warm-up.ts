import type { Clock } from './clock.ts';
import { createEmbeddedCoach } from './coach/embedded-coach.ts';
import { speakWhole } from './conversation/whole.ts';
import type { SpeechProvider, TranscriptionProvider } from './providers/types.ts';
import { SessionRegistry } from './session/registry.ts';
import { openSqliteStore } from './store/sqlite/index.ts';

/**
 * Two turns of a session that nobody hears, before the server listens: compiled patterns and code are then there for the
 * first person, who would otherwise wait some 50 ms for them. Calls no cloud.
 */
export async function warmUp(
  clock: Clock,
  transcription: TranscriptionProvider,
  speech: SpeechProvider | null,
): Promise<void> {
  const store = await openSqliteStore({ file: ':memory:' });
  try {
    const registry = new SessionRegistry({
      clock,
      store,
      voiceActivity: null,
      transcription,
      coach: createEmbeddedCoach(),
      speech: speech ?? silence,
      insight: { turn() {}, fault() {} },
      idle_ms: 60_000,
    });
    const { id } = await registry.create({
      model: 'embedded',
      voice: 'slt',
      language: 'en-US',
      goal: null,
      greeting: false,
      max_duration_seconds: 60,
      max_messages: 20,
    });
    for (const text of ['I would like to talk about my work because it has been a lot.', 'I think we can stop here.']) {
      await registry.use(id, (actor) => actor.message(text));
    }
    await registry.end(id);
    if (speech !== null) await speakWhole(speech, 'Hello there.', 'slt', 'en-US');
  } finally {
    await store.close();
  }
}

const silence: SpeechProvider = {
  name: 'silence',
  rate: 16_000,
  open: () => ({
    async *synthesize() {},
    close() {},
  }),
  close: async () => {},
};
