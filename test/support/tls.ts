import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';
import type { Test } from 'tap';

/** TLS in front of a plain server, with a certificate made for this run. Resolves with its port and certificate. */
export async function tlsFront(t: Test, port: number): Promise<{ port: number; ca: string }> {
  const altNames = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
  ];
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer({ key: made.private, cert: made.cert }, (outside) => {
    const inside = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the TLS front has no port');
  return { port: address.port, ca: made.cert };
}
