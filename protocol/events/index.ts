export * from './client.ts';
export * from './parse.ts';
export * from './server.ts';
export * from './session-config.ts';
export * from './shapes.ts';
