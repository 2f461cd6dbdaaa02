// A web application to put behind the gateway: HTTP/1.1, or HTTP/2 by prior knowledge, on a port or a Unix socket.
// Its argument is JSON: {protocol, name, unix, keepAliveTimeout}. It tells on standard output, a line of JSON for each,
// where it listens and what becomes of its connections and requests.
'use strict';
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const path = require('path');
const answers = require('./answers.js');
const websocket = require('./websocket.js');

const options = JSON.parse(process.argv[2] || '{}');

function tell(event, facts) {
  process.stdout.write(JSON.stringify({ event, ...facts }) + '\n');
}

// The first piece of the path chooses the answer, the others are its arguments.
const table = {
  '': (request, response) => answers.file(response, path.join(__dirname, 'page.html'), 'text/html'),
  other: answers.other,
  small: answers.small,
  bytes: answers.bytes,
  progress: answers.progress,
  ignore: answers.ignore,
  upload: answers.upload,
  echo: answers.echo,
  headers: answers.headers,
  events: answers.events,
  next: answers.next,
  trailers: answers.trailers,
  hints: answers.hints,
  status: answers.status,
  slow: answers.slow,
  hold: answers.hold,
  break: answers.breakOff,
  raw: answers.raw,
  early: answers.early,
  name: (request, response) => answers.text(response, 200, options.name || 'app'),
  verdict: (request, response) =>
    answers.collect(request, (body) => {
      tell('verdict', { verdict: JSON.parse(body) });
      answers.text(response, 200, 'thank you');
    }),
};

function handle(request, response) {
  const url = new URL(request.url, 'http://app');
  const [first, ...rest] = url.pathname.slice(1).split('/');
  const what = { method: request.method, path: url.pathname };
  tell('request', what);
  // 'close' comes once, whether the answer was finished or the client or the gateway gave up.
  const stream = request.stream;
  response.on('close', () => {
    const whole = stream ? stream.rstCode === http2.constants.NGHTTP2_NO_ERROR : response.writableFinished;
    tell(whole ? 'answered' : 'abandoned', what);
  });
  request.on('error', () => {});
  response.on('error', () => {});
  const { origin } = request.headers;
  if (origin) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
  }
  const answer = Object.hasOwn(table, first) ? table[first] : answers.unknown;
  answer(request, response, rest, url.searchParams);
}

function make() {
  if (options.protocol === 'h2c') return http2.createServer(handle);
  const server = http.createServer(handle);
  if (options.keepAliveTimeout) server.keepAliveTimeout = options.keepAliveTimeout;
  server.on('upgrade', (request, socket, head) => websocket.accept(request, socket, head, tell));
  return server;
}

const server = make();
// The client said `Expect: 100-continue` (RFC 9110 §10.1.1): /early refuses without reading, others ask for the body.
server.on('checkContinue', (request, response) => {
  tell('expected', { path: request.url });
  if (!request.url.startsWith('/early')) response.writeContinue();
  handle(request, response);
});
server.on('connection', (socket) => {
  tell('connected', {});
  socket.on('error', () => {});
  socket.on('close', () => tell('disconnected', {}));
});
// What it was sent and could not read as HTTP.
server.on('clientError', (error, socket) => {
  tell('malformed', { code: error.code });
  socket.destroy();
});

if (options.unix) fs.rmSync(options.unix, { force: true });
server.listen(options.unix ? { path: options.unix } : { port: 0, host: '127.0.0.1' }, () => {
  tell('listening', { port: server.address().port ?? null });
});
