// Asks a running daemon everything that its OpenAPI document describes, rightly and wrongly, and
// checks that it never fails inside and answers as described.
// usage: node fuzz.mjs --url URL --ca FILE --tokens FILE [--seed N] [--runs N]
// The file of tokens is JSON: role -> API token.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { requestOf } from './arbitrary.mjs';
import { Described } from './described.mjs';
import { Report } from './report.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    ca: { type: 'string' },
    tokens: { type: 'string' },
    seed: { type: 'string', default: '20261126' },
    runs: { type: 'string', default: '60' },
  },
});
if (!options.url || !options.ca || !options.tokens) {
  console.error('usage: node fuzz.mjs --url URL --ca FILE --tokens FILE [--seed N] [--runs N]');
  process.exit(64);
}

const base = new URL(options.url);
const agent = new Agent({ ca: readFileSync(options.ca), keepAlive: true, maxSockets: 2 });
const tokens = JSON.parse(readFileSync(options.tokens, 'utf8'));

// Node refuses header values and paths that are no Latin-1; the daemon is not asked then.
function ask(method, path, { headers = {}, body } = {}) {
  // Of itself Node.js does not say how long the body of a GET is.
  if (body !== undefined) headers = { ...headers, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: base.hostname, port: base.port, method, path, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode, type: answer.headers['content-type'], headers: answer.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const encode = (text) => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';  // a lone surrogate: no UTF-8
  }
};

async function get(path) {
  const answer = await ask('GET', path, { headers: { authorization: `Bearer ${tokens.administrator}` } });
  return answer.status === 200 ? JSON.parse(answer.body) : {};
}

// Real values by the names of parameters; the others come from schemas.
async function readKnown() {
  const { pools = [] } = await get('/api/v1/pools');
  const { desktops = [] } = await get('/api/v1/desktops');
  const { packs = [] } = await get('/api/v1/rules');
  const { policy_sets: sets = [] } = await get('/api/v1/policy-sets');
  const rules = packs.flatMap((pack) => pack.rules.map((rule) => rule.id));
  return {
    pool: pools.map((pool) => pool.name),
    desktop: desktops.slice(0, 5).flatMap((one) => [one.id, one.host_name]),
    rule: rules.slice(0, 5),
    digest: sets.flatMap((set) => [set.digest, set.digest.slice(0, 12)]),
    q: ['ctx', ...pools.map((pool) => pool.name.slice(0, 3))],
    since: ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z'],
    cursor: [...pools.map((pool) => pool.name), ...desktops.slice(0, 2).map((one) => one.id), '1795000000.1'],
  };
}

function urlOf(operation, { path, query, stray }) {
  const values = Object.fromEntries(path);
  const filled = operation.path.replace(/\{([^}]+)\}/g, (_, name) => encode(values[name]));
  const pairs = [...query, ...(stray ? [stray] : [])].filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return { path: filled, target: text ? `${filled}?${text}` : filled };
}

function headersOf(fuzzed) {
  const headers = fuzzed.plain ? {} : { ...fuzzed.headers };
  if (fuzzed.body) headers['content-type'] ??= fuzzed.body.type;
  if (fuzzed.role === 'wrong') headers.authorization = 'Bearer vdw_pat_wrong';
  else if (fuzzed.role !== 'none') headers.authorization = `Bearer ${tokens[fuzzed.role]}`;
  return headers;
}

const described = new Described(JSON.parse((await ask('GET', '/api/v1/openapi.json')).body));
const known = await readKnown();
const report = new Report();

async function fuzz(operation) {
  const seen = new Map();
  const resolved = (one) => described.resolved(one);
  const requests = requestOf(operation, resolved, (name) => known[name] ?? []);
  const property = fc.asyncProperty(requests, async (fuzzed) => {
    const { path, target } = urlOf(operation, fuzzed);
    const method = operation.method.toUpperCase();
    const answer = await ask(method, target, { headers: headersOf(fuzzed), body: fuzzed.body?.text });
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    const what = `${method} ${target} -> ${answer.status}`;
    if (answer.status >= 500) throw new Error(`${what}: ${answer.body}`);
    const complaint = described.complaint({ method, path, ...answer });
    if (complaint) throw new Error(`${what}: ${complaint}`);
  });
  const result = await fc.check(property, { seed: Number(options.seed), numRuns: Number(options.runs) });
  const name = `${operation.method.toUpperCase()} ${operation.path}`;
  const statuses = [...seen].sort().map(([status, count]) => `${status} × ${count}`).join(', ');
  report.check(`${name} answers as described (${statuses})`, !result.failed, result.failed ? fc.defaultReportMessage(result) : '');
  return [...seen.keys()].some((status) => status < 400);
}

// What needs an id that is there, or a password, seldom succeeds by chance.
let succeeded = 0;
for (const operation of described.operations) {
  if (await fuzz(operation)) ++succeeded;
}
report.check(`${succeeded} of ${described.operations.length} operations also succeeded`, succeeded >= 20);
const alive = await ask('GET', '/healthz');
report.check('the daemon is alive', alive.status === 200, alive.body);
agent.destroy();
process.exit(report.finish());
