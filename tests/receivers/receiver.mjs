// Receives what the sinks of alerts post, judges it as the real ones would, and prints a line of
// JSON about each request: {"path", "verified", "problem", "headers", "body"}. The first line is
// {"port"}. The query of a path says how to answer: ?status=429&retry_after=7&say=text
// usage: node receiver.mjs WHSEC_SECRET
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import Ajv from 'ajv/dist/2020.js';
import { Webhook } from 'standardwebhooks';

// Its package says it has ES modules, but Node cannot load them.
const cards = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');
const secret = process.argv[2];
const ajv = new Ajv({ allErrors: true, strict: false });
const mostBytes = { '/teams': 28 << 10, '/pagerduty': 512 << 10, '/slack': 64 << 10 };

function bySchema(name) {
  const path = new URL(`schemas/${name}.json`, import.meta.url);
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
  return (body) => {
    if (!validate(JSON.parse(body))) throw new Error(ajv.errorsText(validate.errors));
  };
}

const teams = bySchema('teams');
const judges = {
  '/webhook': (body, headers) => new Webhook(secret).verify(body, headers),
  '/slack': bySchema('slack'),
  '/pagerduty': bySchema('pagerduty'),
  '/teams': (body) => {
    teams(body);
    const context = new cards.SerializationContext(cards.Versions.v1_4);
    new cards.AdaptiveCard().parse(JSON.parse(body).attachments[0].content, context);
    if (context.eventCount > 0) throw new Error(context.getEventAt(0).message);
  },
};

function problemOf(path, body, headers) {
  try {
    if (Buffer.byteLength(body) > mostBytes[path]) throw new Error('the body is too long');
    judges[path](body, headers);
    return null;
  } catch (problem) {
    return String(problem.message ?? problem);
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url, 'http://receiver');
    const problem = problemOf(url.pathname, body, request.headers);
    const retryAfter = url.searchParams.get('retry_after');
    if (retryAfter) response.setHeader('Retry-After', retryAfter);
    response.statusCode = Number(url.searchParams.get('status') ?? (problem ? 400 : 202));
    response.end(url.searchParams.get('say') ?? problem ?? 'ok');
    const told = { path: url.pathname, verified: !problem, problem, headers: request.headers, body: JSON.parse(body) };
    console.log(JSON.stringify(told));
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
