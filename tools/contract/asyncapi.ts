import {
  CLOSE_CODE_MEANINGS,
  clientEventSchemas,
  KUKU_SUBPROTOCOL,
  REALTIME_SUBPROTOCOL,
  serverEventSchemas,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../../protocol/index.ts';
import { type Json, jsonSchema } from './json-schema.ts';

const FRAME = {
  contentType: 'application/octet-stream',
  summary: 'Audio of kuku.v1: a 12-byte header and the payload.',
  payload: {
    type: 'string',
    format: 'binary',
    description:
      'Big-endian: u8 kind = 1, u8 flags (bit 0: last of its stream), u16 zero, u32 stream, u32 start_ms, payload.',
  },
};

const CHANNELS = {
  stream: {
    address: '/api/sessions/{sessionId}/stream',
    description: 'Attaches to a session.',
    parameters: { sessionId: { description: 'Id of the session.' } },
    query: { after: { type: 'string', description: 'Resume after this event id, e.g. evt_42 (kuku.v1).' } },
  },
  realtime: {
    address: '/v1/realtime',
    description: 'Creates a session and attaches to it.',
    parameters: undefined,
    query: { model: { type: 'string', description: 'A name from GET /api/models.' } },
  },
} as const;

/** AsyncAPI 3.0 of both addresses of the socket, seen from the server: it receives client events and sends its own. */
export function asyncApi(version: string): Json {
  const received = messages('client', clientEventSchemas);
  const sent = messages('server', serverEventSchemas);
  const all = { ...received, ...sent };
  const channels: Record<string, Json> = {};
  const operations: Record<string, Json> = {};
  for (const [name, channel] of Object.entries(CHANNELS)) {
    channels[name] = {
      address: channel.address,
      description: channel.description,
      ...(channel.parameters === undefined ? {} : { parameters: channel.parameters }),
      messages: Object.fromEntries(Object.keys(all).map((key) => [key, { $ref: `#/components/messages/${key}` }])),
      bindings: { ws: wsBinding(channel.query) },
    };
    const refs = (of: object) => Object.keys(of).map((key) => ({ $ref: `#/channels/${name}/messages/${key}` }));
    const channelRef = { $ref: `#/channels/${name}` };
    operations[`${name}Receive`] = { action: 'receive', channel: channelRef, messages: refs(received) };
    operations[`${name}Send`] = { action: 'send', channel: channelRef, messages: refs(sent) };
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Kuku Coach',
      version,
      description: 'The socket: OpenAI Realtime (GA) events, and coach.* events beyond them.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages: all },
    'x-close-codes': CLOSE_CODE_MEANINGS,
  };
}

function messages(side: 'client' | 'server', schemas: typeof clientEventSchemas | typeof serverEventSchemas) {
  const out: Record<string, Json> = {};
  for (const [type, schema] of schemas) {
    const summary = schema.description;
    if (summary === undefined) throw new Error(`${type} has no description`);
    out[type] = { name: type, summary, payload: jsonSchema(schema) };
  }
  out[`${side}.audio_frame`] = { name: `${side}.audio_frame`, ...FRAME };
  return out;
}

function wsBinding(query: Json): Json {
  return {
    method: 'GET',
    query: { type: 'object', properties: query },
    headers: {
      type: 'object',
      properties: {
        'Sec-WebSocket-Protocol': {
          type: 'string',
          description:
            `${KUKU_SUBPROTOCOL} (binary audio, resume) where offered, else ${REALTIME_SUBPROTOCOL} where offered, ` +
            `else none. ${TOKEN_SUBPROTOCOL_PREFIX}TOKEN carries the token and is never echoed.`,
        },
        Authorization: { type: 'string', description: 'Bearer TOKEN; comes before a token in the subprotocol.' },
      },
    },
    bindingVersion: '0.1.0',
  };
}
