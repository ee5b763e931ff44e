/** The wire contract of Kuku Coach: schemas, types, frames, close codes and a client. */
export * from './audio-format.ts';
export * from './client/index.ts';
export * from './close-codes.ts';
export * from './events/index.ts';
export * from './frame.ts';
export * from './primitives.ts';
export * from './rest.ts';
