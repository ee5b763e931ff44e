/** Every REST body of PROTOCOL.md section 1. */
export * from './rest/accounts.ts';
export * from './rest/models.ts';
export * from './rest/problem.ts';
export * from './rest/session.ts';
