import t from 'tap';
import {
  clientEventSchemas,
  isServerEvent,
  parseClientEvent,
  type ServerEventBody,
  serverEventSchemas,
} from '../../protocol/index.ts';
import { clientSamples, serverSamples } from './samples.ts';

// The names of PROTOCOL.md section 2, as data, and the two additions to it.
const FROM_CLIENT = `session.update input_audio_buffer.append|commit|clear conversation.item.create|retrieve|truncate|delete
  response.create|cancel coach.wrap_up.request coach.wrap_up.confirm coach.wrap_up.decline coach.playout`;
const FROM_SERVER = `session.created|updated input_audio_buffer.speech_started|speech_stopped|committed|cleared
  conversation.item.added|done|retrieved|truncated|deleted
  conversation.item.input_audio_transcription.delta|completed|failed response.created|done
  response.output_item.added|done response.content_part.added|done response.output_audio.delta|done
  response.output_audio_transcript.delta|done rate_limits.updated error
  coach.phase.changed coach.session.ended coach.audio.started coach.input.ack coach.resumed coach.going_away
  coach.turn.metrics coach.safety coach.input.partial coach.notice`;

function names(text: string): string[] {
  return text.split(/\s+/).flatMap((group) => {
    const prefix = group.slice(0, group.lastIndexOf('.') + 1);
    return group.split('|').map((name, i) => (i === 0 ? name : prefix + name));
  });
}

t.test('every event of PROTOCOL.md has a schema, and no other', (t) => {
  t.same([...clientEventSchemas.keys()].sort(), names(FROM_CLIENT).sort());
  t.same([...serverEventSchemas.keys()].sort(), names(FROM_SERVER).sort());
  t.same(Object.keys(clientSamples).sort(), names(FROM_CLIENT).sort(), 'each has a sample');
  t.same(Object.keys(serverSamples).sort(), names(FROM_SERVER).sort(), 'each has a sample');
  t.end();
});

for (const [type, { good, bad, param }] of Object.entries(clientSamples)) {
  t.test(`client: ${type}`, (t) => {
    const parsed = parseClientEvent({ type, ...good, a_key_of_the_future: 1 });
    t.match(parsed, { ok: true, event: { type } });
    const withId = parseClientEvent({ type, event_id: 'mine', ...good });
    t.match(withId, { ok: true, event: { type, event_id: 'mine' } });
    const spoilt: Record<string, unknown> = { type, ...good, ...bad };
    const code = param in bad && bad[param] === undefined ? 'missing_required_parameter' : 'invalid_value';
    t.match(parseClientEvent(spoilt), { ok: false, error: { code, param } });
    t.end();
  });
}

for (const [type, { good, bad }] of Object.entries(serverSamples)) {
  t.test(`server: ${type}`, (t) => {
    const event = { type, event_id: 'evt_7', ...good };
    t.equal(isServerEvent(event), true);
    t.equal(isServerEvent({ ...event, a_key_of_the_future: 1 }), true);
    t.equal(isServerEvent({ ...event, ...bad }), false, 'spoilt');
    t.equal(isServerEvent({ ...event, event_id: undefined }), false, 'without an id');
    t.end();
  });
}

t.test('a body is an event without its id', (t) => {
  const body: ServerEventBody = { type: 'coach.input.ack', audio_ms: 20 };
  t.equal(isServerEvent({ ...body, event_id: 'evt_1' }), true);
  t.end();
});
