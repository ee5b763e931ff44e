import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { decodeAudioFile } from '../../src/audio/decode-file.ts';
import { decodeAs } from '../../src/audio/decoders.ts';
import { sniff } from '../../src/audio/sniff.ts';
import { wavHeader, writeWav } from '../../src/audio/wav.ts';
import { KukuError } from '../../src/errors.ts';
import { level, sine, snr } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** One second of 440 Hz each; how they were made is in test/fixtures/audio/README.md. */
const fixture = (name: string) => readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url));

const kinds: [string, string, number][] = [
  ['tone.mp3', 'mp3', 60],
  ['tone.m4a', 'mp4', 20],
  ['tone-alac.m4a', 'mp4', 70],
  ['tone-fragmented.mp4', 'mp4', 20],
  ['tone.aac', 'aac', 20],
  ['tone-opus.ogg', 'ogg-opus', 30],
  ['tone-vorbis.ogg', 'ogg-vorbis', 30],
  ['tone-opus.webm', 'webm', 30],
  ['tone-live.webm', 'webm', 30],
  ['tone.flac', 'flac', 70],
];

for (const [name, kind, decibels] of kinds) {
  t.test(`${name} is one second of 440 Hz`, async (t) => {
    const file = fixture(name);
    t.equal(sniff(file), kind);
    const { samples, duration_ms } = await decodeAudioFile(file);
    t.ok(Math.abs(duration_ms - 1000) <= 25, `${duration_ms} ms`);
    t.equal(duration_ms, Math.round(samples.length / 16));
    const middle = samples.subarray(3200, 12_800);
    t.ok(level(middle) > 4000, 'as loud as it was');
    t.ok(snr(middle, 16_000, 440) > decibels, `${snr(middle, 16_000, 440).toFixed(1)} dB`);
  });
}

t.test('WAV, small at once and large in a thread', async (t) => {
  for (const seconds of [1, 8]) {
    const { samples, duration_ms } = await decodeAudioFile(writeWav(sine(48_000, 440, seconds), 48_000));
    t.equal(duration_ms, seconds * 1000);
    t.ok(snr(samples.subarray(1600, 14_400), 16_000, 440) > 60);
  }
});

t.test('what is no audio, or audio of another kind, is 415', async (t) => {
  const others = {
    'a text': Buffer.from('Dear coach, this is not audio at all, but it is long enough for a header or two.'),
    'a picture': Buffer.from('\u0089PNG\r\n\u001a\n and more of it', 'latin1'),
    'Ogg of another codec': fixture('tone-flac.ogg'),
    'a lone MP3 sync': Buffer.from([0xff, 0xfb, 0x90, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    'MP4 without audio': Buffer.concat([box('ftyp', Buffer.from('isom')), box('moov', box('trak', Buffer.alloc(0)))]),
  };
  for (const [name, file] of Object.entries(others)) {
    await t.rejects(decodeAudioFile(file), { code: 'unsupported_audio', status: 415, param: 'audio' }, name);
  }
});

t.test('what is empty, cut at the head, or broken is 400 and names audio', async (t) => {
  const broken = {
    nothing: new Uint8Array(0),
    'WAV without samples': wavHeader(16_000),
    'MP4 without its index': fixture('tone.m4a').subarray(0, 5000),
    'WebM without tracks': fixture('tone-opus.webm').subarray(0, 60),
    'Ogg without a packet of audio': fixture('tone-opus.ogg').subarray(0, 100),
    'FLAC of noise': Buffer.concat([Buffer.from('fLaC'), randomBytes(2000)]),
    'MP3 without audio': fixture('tone.mp3').subarray(0, 300),
  };
  for (const [name, file] of Object.entries(broken)) {
    await t.rejects(decodeAudioFile(file), { code: /^(in|un)(valid|supported)_audio$/, param: 'audio' }, name);
  }
});

t.test('cut or damaged anywhere: what is whole of it, or a typed error, and never more than there was', async (t) => {
  const seeded = random(20_251_122);
  const runs: Promise<void>[] = [];
  for (const [name] of kinds) {
    const file = fixture(name);
    for (let run = 0; run < 6; run++) {
      const bytes = new Uint8Array(file);
      if (run % 2 === 1)
        for (let i = 0; i < 20; i++) bytes[Math.floor(seeded() * bytes.length)] = Math.floor(seeded() * 256);
      const cut = run % 2 === 0 ? bytes.subarray(0, Math.floor(seeded() * bytes.length)) : bytes;
      runs.push(
        decodeAudioFile(cut).then(
          ({ duration_ms }) => void t.ok(duration_ms < 60_000, `${name} run ${run}: ${duration_ms} ms`),
          (error) => void t.ok(error instanceof KukuError && error.param === 'audio', `${name} run ${run}: ${error}`),
        ),
      );
    }
  }
  await Promise.all(runs);
});

t.test('more than 30 minutes are refused', async (t) => {
  // 14 bytes of header and 65,535 equal samples a frame would be FLAC's way; a WAV at 4 kHz does as well.
  const file = new Uint8Array(44 + 31 * 60 * 4000);
  file.set(wavHeader(4000));
  file[32] = 1;
  file[34] = 8;
  await t.rejects(decodeAudioFile(file), { code: 'invalid_audio', message: /30 minutes/ });
});

t.test('a file that takes too long is given up, and its thread with it', async (t) => {
  const clock = new VirtualClock();
  const late = decodeAudioFile(writeWav(sine(16_000, 440, 600, 10), 16_000), clock);
  const refused = t.rejects(late, { code: 'invalid_audio', message: /too long/ });
  await clock.advance(30_000);
  await refused;
  t.equal(clock.pending(), 0);
  t.equal((await decodeAudioFile(fixture('tone.mp3'))).duration_ms, 1000, 'the next one is served');
});

t.test('the decoders themselves say what is wrong by code', async (t) => {
  await t.rejects(decodeAs('webm', fixture('tone-opus.webm').subarray(0, 60)), { code: 'invalid_audio' });
  await t.rejects(decodeAs('mp4', fixture('tone.m4a').subarray(0, 5000)), { code: 'invalid_audio' });
});

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** 0..1, the same each time (Park and Miller, 1988). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
