import { parentPort } from 'node:worker_threads';

/* A thread that looks at nothing: what is done with a message is done by the loop then. */
const tree = { path: '', type: 'text/plain', charset: null, disposition: null, filename: null, size: 0, parts: [] };
const data = JSON.stringify({ size: 0, fields: [], tree, protection: 'none' });
parentPort?.on('message', () => parentPort?.postMessage({ kind: 'opened', data, limit: null, seen: null }, []));
