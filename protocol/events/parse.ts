/** From a parsed JSON value to an event, or to an error that names the field. Neither throws. */
import type * as z from 'zod';
import { MAX_EVENT_ID_CHARS } from '../primitives.ts';
import { type ClientEvent, clientEvent, MAX_CONTENT_PARTS } from './client.ts';
import { type ServerEvent, serverEvent } from './server.ts';
import { MAX_MODALITIES } from './session-config.ts';

export type ParseErrorCode = 'invalid_value' | 'missing_required_parameter' | 'unknown_event_type' | 'unsupported_item';

/** Fit to be sent as the `error` of an `error` event (with `type: 'invalid_request_error'`). Holds no value of the client's but its event_id. */
export interface ParseError {
  code: ParseErrorCode;
  message: string;
  /** Dotted path, e.g. `session.audio.input.format.rate` or `item.content[0].text`. */
  param: string | null;
  /** The client's own `event_id`, where it gave a usable one. */
  event_id: string | null;
}
export type ParsedClientEvent = { ok: true; event: ClientEvent } | { ok: false; error: ParseError };

const MAX_MESSAGE_CHARS = 200;
const MAX_PARAM_CHARS = 128;

/** Type of the event -> its schema. */
export const clientEventSchemas: ReadonlyMap<string, z.ZodType<ClientEvent>> = new Map(
  clientEvent.options.map((option): [string, z.ZodType<ClientEvent>] => [option.shape.type.value, option]),
);
export const serverEventSchemas: ReadonlyMap<string, z.ZodType<ServerEvent>> = new Map(
  serverEvent.options.map((option): [string, z.ZodType<ServerEvent>] => [option.shape.type.value, option]),
);

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` is what JSON.parse gave. The hot path (audio) costs two type checks. */
export function parseClientEvent(value: unknown): ParsedClientEvent {
  if (!isRecord(value)) return refuse('invalid_value', 'an event is a JSON object', null, null);
  const { type, event_id } = value;
  const from = typeof event_id === 'string' && event_id.length <= MAX_EVENT_ID_CHARS ? event_id : null;
  if (type === 'input_audio_buffer.append' && typeof value.audio === 'string') {
    if (event_id === undefined) return { ok: true, event: { type, audio: value.audio } };
    if (from !== null) return { ok: true, event: { type, audio: value.audio, event_id: from } };
  }
  if (type === undefined) return refuse('missing_required_parameter', 'type is required', 'type', from);
  const schema = typeof type === 'string' ? clientEventSchemas.get(type) : undefined;
  if (schema === undefined) return refuse('unknown_event_type', 'there is no client event of this type', 'type', from);

  const early = precheck(value);
  if (early !== null) return { ok: false, error: { ...early, event_id: from } };
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, event: result.data };
  const issue = result.error.issues[0];
  if (issue === undefined) return refuse('invalid_value', 'invalid event', null, from);
  const param = dotted(issue.path);
  if (at(value, issue.path) === undefined) {
    return refuse('missing_required_parameter', `${param} is required`, param, from);
  }
  return refuse('invalid_value', `${param}: ${issue.message}`, param, from);
}

/** True when the value is an event of ours in full; extra keys of newer servers stay in it. */
export function isServerEvent(value: unknown): value is ServerEvent {
  if (!isRecord(value) || typeof value.type !== 'string') return false;
  return serverEventSchemas.get(value.type)?.safeParse(value).success ?? false;
}

/** What the schemas alone would answer less well: other kinds of items, and arrays too long to look into. */
function precheck(value: Record<string, unknown>): Omit<ParseError, 'event_id'> | null {
  const inner = value.type === 'session.update' ? value.session : value.item;
  if (!isRecord(inner)) return null;
  if (value.type === 'session.update')
    return tooMany(inner.output_modalities, MAX_MODALITIES, 'session.output_modalities');
  if (value.type !== 'conversation.item.create') return null;
  if (typeof inner.type === 'string' && inner.type !== 'message') {
    return { code: 'unsupported_item', message: 'item.type: only message items can be created', param: 'item.type' };
  }
  if (typeof inner.role === 'string' && inner.role !== 'user') {
    return { code: 'unsupported_item', message: 'item.role: only user messages can be created', param: 'item.role' };
  }
  return tooMany(inner.content, MAX_CONTENT_PARTS, 'item.content');
}

function tooMany(value: unknown, max: number, param: string): Omit<ParseError, 'event_id'> | null {
  if (!Array.isArray(value) || value.length <= max) return null;
  return { code: 'invalid_value', message: `${param}: at most ${max} elements`, param };
}

function refuse(code: ParseErrorCode, message: string, param: string | null, event_id: string | null) {
  return { ok: false as const, error: { code, message: message.slice(0, MAX_MESSAGE_CHARS), param, event_id } };
}

/** `['content', 0, 'text']` -> `content[0].text`. */
export function dotted(path: readonly PropertyKey[]): string {
  let out = '';
  for (const key of path) {
    if (typeof key === 'number') out += `[${key}]`;
    else out += out === '' ? String(key) : `.${String(key)}`;
  }
  return out.slice(0, MAX_PARAM_CHARS);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isRecord(here)) here = here[String(key)];
    else return here;
  }
  return here;
}
