import { createServer } from 'node:net';

/**
 * Finds free TCP ports on 127.0.0.1. All of them are held at once, so no two are the same; between this call and
 * their use somebody else could take one, which on a test machine nobody does.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, openAnywhere));
  return await Promise.all(servers.map(closeAndTell));
}

function openAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function closeAndTell(server: ReturnType<typeof createServer>): Promise<number> {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return new Promise((resolve) => server.close(() => resolve(port)));
}
