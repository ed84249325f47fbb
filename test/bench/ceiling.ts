import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A worker thread with the cheapest SMTP server that answers at all: it looks for the lines that need a reply and
 * for nothing else. What the load generator reaches against it is the generator's own ceiling.
 */
const endOfData = '\r\n.\r\n';
const verdict = `${String(workerData)}\r\n`;
let count = 0;

const server = createServer((socket) => {
  let isInData = false;
  let tail = '';
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    let text = tail + chunk.toString('latin1');
    let reply = '';
    tail = '';
    for (;;) {
      if (isInData) {
        const end = text.indexOf(endOfData);
        if (end < 0) break;
        reply += verdict;
        count += 1;
        isInData = false;
        text = text.slice(end + endOfData.length);
      }
      const at = text.indexOf('\n');
      if (at < 0) break;
      isInData = text.startsWith('DATA');
      reply += isInData ? '354 go\r\n' : text.startsWith('QUIT') ? '221 bye\r\n' : '250 ok\r\n';
      text = text.slice(at + 1);
    }
    tail = isInData ? text.slice(-4) : text;
    if (reply !== '') socket.write(reply);
    if (reply.endsWith('221 bye\r\n')) socket.end();
  });
  socket.write('220 ceiling\r\n');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0, []);
});
parentPort?.on('message', () => parentPort?.postMessage(count, []));
