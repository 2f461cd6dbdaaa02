// What the application answers. Each takes (request, response, pieces of the path, query).
'use strict';
const crypto = require('crypto');
const fs = require('fs');

// A prime number of bytes, so that a piece that is lost or repeated shifts everything behind it.
const PATTERN = Buffer.alloc(65521);
for (let i = 0; i < PATTERN.length; ++i) PATTERN[i] = (i * 31 + (i >> 8) * 7) & 0xff;

function text(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function json(response, value) {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function collect(request, use) {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => use(Buffer.concat(pieces).toString()));
}

function file(response, name, type) {
  response.writeHead(200, { 'Content-Type': type });
  fs.createReadStream(name).pipe(response);
}

function unknown(request, response) {
  text(response, 404, 'nothing here\n');
}

// /other: a page that fetches from the host and port in ?authority=, over the same connection if the browser likes.
// It does so with credentials, for browsers keep connections without them apart.
function other(request, response, pieces, query) {
  const authority = JSON.stringify(query.get('authority'));
  response.writeHead(200, { 'Content-Type': 'text/html' });
  response.end(`<!doctype html><title>other</title><script>
    fetch('https://' + ${authority} + '/name', { credentials: 'include' })
      .then((answer) => answer.text().then((name) => ({ status: answer.status, name })))
      .catch((error) => ({ error: String(error) }))
      .then((verdict) => fetch('/verdict', { method: 'POST', body: JSON.stringify(verdict) }));
    </script>`);
}

// /small/7: a resource of about 1,000 bytes that says its number.
function small(request, response, [number]) {
  const body = `small ${number}\n`.padEnd(1000, '.');
  response.setHeader('Cache-Control', 'no-store');
  text(response, 200, body);
}

let sentByAll = 0;

// /bytes/1000: so many bytes of the pattern; with ?chunked=1 without saying how many.
function bytes(request, response, [count], query) {
  const total = Number(count);
  const fields = { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' };
  if (!query.get('chunked')) fields['Content-Length'] = total;
  response.writeHead(200, fields);
  if (request.method === 'HEAD') return response.end();
  let sent = 0;
  const more = () => {
    while (sent < total) {
      const piece = PATTERN.subarray(0, Math.min(PATTERN.length, total - sent));
      sent += piece.length;
      sentByAll += piece.length;
      if (!response.write(piece)) return response.once('drain', more);
    }
    response.end();
  };
  more();
}

// /progress: how many bytes all downloads have come to.
function progress(request, response) {
  json(response, { sent: sentByAll });
}

// /ignore: reads nothing of the body and does not answer.
function ignore(request) {
  request.pause();
}

// /upload: what arrived.
function upload(request, response) {
  const hash = crypto.createHash('sha256');
  let size = 0;
  request.on('data', (piece) => {
    size += piece.length;
    hash.update(piece);
  });
  request.on('end', () => {
    json(response, {
      bytes: size,
      sha256: hash.digest('hex'),
      contentLength: request.headers['content-length'] ?? null,
      transferEncoding: request.headers['transfer-encoding'] ?? null,
      trailers: request.trailers,
    });
  });
}

// /echo: every piece of the request goes back at once.
function echo(request, response) {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
  response.flushHeaders();
  request.pipe(response);
}

// /headers: the request as it came.
function headers(request, response) {
  request.resume();
  const fields = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    fields.push([request.rawHeaders[i], request.rawHeaders[i + 1]]);
  }
  response.setHeader('Set-Cookie', ['a=1', 'b=2']);
  response.setHeader('X-Empty', '');
  json(response, { method: request.method, target: request.url, version: request.httpVersion, fields });
}

// /events/3: server-sent events; with ?wait=1 each but the first waits for a request for /next.
let waiting = [];
function events(request, response, [count], query) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  let number = 0;
  const send = () => {
    response.write(`id: ${number}\ndata: event ${number}\n\n`);
    if (++number >= Number(count)) return response.end();
    if (query.get('wait')) waiting.push(send);
    else setImmediate(send);
  };
  send();
}

function next(request, response) {
  const released = waiting;
  waiting = [];
  released.forEach((send) => send());
  text(response, 200, String(released.length));
}

// /trailers: a body in pieces and fields behind it.
function trailers(request, response) {
  response.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'X-Checksum' });
  response.write('one ');
  response.write('two');
  response.addTrailers({ 'X-Checksum': 'abc123', 'X-Second': 'yes' });
  response.end();
}

// /hints: 103 (RFC 8297), then 200.
function hints(request, response) {
  response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
  text(response, 200, 'after the hints\n');
}

// /status/204: that status, with a body where there may be one.
function status(request, response, [code]) {
  const number = Number(code);
  response.setHeader('ETag', '"tag"');
  if (number === 204 || number === 304) {
    response.writeHead(number);
    return response.end();
  }
  text(response, number, `status ${number}\n`);
}

// /slow/100/3: waits so many milliseconds before the header and before each of so many pieces.
function slow(request, response, [milliseconds, count]) {
  let left = Number(count);
  const step = () => {
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/plain' });
    else response.write(`piece ${left--}\n`);
    if (left > 0) setTimeout(step, Number(milliseconds));
    else response.end();
  };
  setTimeout(step, Number(milliseconds));
}

// /hold: no answer, ever; /hold/header: a header and the first byte, and nothing more.
function hold(request, response, [after]) {
  request.resume();
  if (after) response.writeHead(200, { 'Content-Type': 'text/plain' }).write('x');
}

// /break/before, /break/header, /break/body: ends the connection, or the stream, there.
function breakOff(request, response, [where]) {
  const stop = () => (response.stream ? response.stream.close(2) : request.socket.destroy());
  if (where === 'before') return stop();
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 1000 });
  if (where === 'body') return response.write('x'.repeat(100), stop);
  response.flushHeaders();
  setImmediate(stop);
}

// /raw/...: bytes of HTTP/1.1 as given here, right or wrong.
const RAW = {
  garbage: 'this is not HTTP\r\n\r\n',
  'two-lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
  'length-and-chunked':
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'bad-chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n',
  'large-field': `HTTP/1.1 200 OK\r\nX-Large: ${'x'.repeat(1 << 20)}\r\nContent-Length: 0\r\n\r\n`,
  // The body ends with the connection (RFC 9112 §6.3).
  'until-close': 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end',
  'no-reason': 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok',
  'many-interim': 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3) + 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
};
function raw(request, response, [which]) {
  request.socket.end(RAW[which]);
}

// /early: an answer before the body has come.
function early(request, response) {
  response.writeHead(413, { 'Content-Type': 'text/plain', 'Content-Length': 8 });
  response.end('too much');
}

module.exports = {
  text,
  collect,
  file,
  unknown,
  other,
  small,
  bytes,
  progress,
  ignore,
  upload,
  echo,
  headers,
  events,
  next,
  trailers,
  hints,
  status,
  slow,
  hold,
  breakOff,
  raw,
  early,
};
