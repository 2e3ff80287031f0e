// A webhook's other end: takes every message and writes it down, one JSON per line.
// usage: node receiver.mjs PORT-FILE LOG-FILE
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [portFile, logFile] = process.argv.slice(2);
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    appendFileSync(logFile, `${Buffer.concat(chunks)}\n`);
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(`${portFile}.new`, String(server.address().port));
  renameSync(`${portFile}.new`, portFile);
});
