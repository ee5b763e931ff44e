import t from 'tap';
import { embeddedAvailable } from '../../../src/providers/embedded/available.ts';
import { heard, hypothesisText } from '../../../src/providers/embedded/hypothesis.ts';

t.test('fillers, tags and the numbers of pronunciations go', async (t) => {
  t.equal(hypothesisText("<s> I'm(2) going <sil> to(3) [NOISE] ++UH++ A. home </s>"), "i'm going to a. home");
  t.equal(hypothesisText('<sil> [SPEECH]'), '');
  t.equal(hypothesisText(''), '');
});

t.test('words that last too long for their sounds are noise', async (t) => {
  const silence = { word: '<s>', frames: 30, phones: 1 };
  t.same(heard([silence, { word: 'lihue', frames: 195, phones: 4 }]), { text: '', no_speech: 1, frames: 0 });
  t.same(heard([silence, { word: 'no', frames: 59, phones: 2 }]), { text: 'no', no_speech: 0, frames: 59 });
  t.same(
    heard([
      { word: 'no', frames: 50, phones: 2 },
      { word: 'thigh', frames: 150, phones: 2 },
    ]),
    { text: 'no', no_speech: 0.75, frames: 50 },
  );
  t.same(heard([silence]), { text: '', no_speech: 1, frames: 0 });
});

t.test('what is installed here is all there', async (t) => {
  t.same(embeddedAvailable(), { speech: true, transcription: true, voice_activity: true, missing: [] });
});
