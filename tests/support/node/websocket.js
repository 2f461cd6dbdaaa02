// A WebSocket server (RFC 6455) that sends every message back, with what the protocol needs and no more.
'use strict';
const crypto = require('crypto');

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function frame(opcode, payload) {
  const head = Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (payload.length < 126) {
    head[1] = payload.length;
    return Buffer.concat([head.subarray(0, 2), payload]);
  }
  if (payload.length < 65536) {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
    return Buffer.concat([head.subarray(0, 4), payload]);
  }
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

// Bytes from the start of a frame to its payload, and to its end; null while too few are there to tell.
function measure(data) {
  if (data.length < 2) return null;
  const code = data[1] & 0x7f;
  const head = (code === 126 ? 4 : code === 127 ? 10 : 2) + (data[1] & 0x80 ? 4 : 0);
  if (data.length < head) return null;
  const length = code === 126 ? data.readUInt16BE(2) : code === 127 ? Number(data.readBigUInt64BE(2)) : code;
  return { head, end: head + length };
}

function unmask(data, { head, end }) {
  const payload = Buffer.from(data.subarray(head, end));
  if (!(data[1] & 0x80)) return payload;
  const mask = data.subarray(head - 4, head);
  for (let i = 0; i < payload.length; ++i) payload[i] ^= mask[i & 3];
  return payload;
}

// Calls `use(opcode, last, payload)` for every frame that the socket brings.
function readFrames(socket, head, use) {
  let pieces = [];
  let size = 0;
  let wanted = 0;
  const read = (piece) => {
    pieces.push(piece);
    size += piece.length;
    // Joining at every piece would copy a large frame over and over.
    if (size < wanted) return;
    let data = Buffer.concat(pieces);
    let bounds = measure(data);
    while (bounds && data.length >= bounds.end) {
      use(data[0] & 0x0f, (data[0] & 0x80) !== 0, unmask(data, bounds));
      data = data.subarray(bounds.end);
      bounds = measure(data);
    }
    pieces = [data];
    size = data.length;
    wanted = bounds ? bounds.end : 0;
  };
  socket.on('data', read);
  read(head);
}

function serve(socket, head, tell) {
  let message = [];
  let kind = TEXT;
  readFrames(socket, head, (opcode, last, payload) => {
    if (opcode === CLOSE) {
      tell('websocket_closed', { code: payload.length >= 2 ? payload.readUInt16BE(0) : null });
      socket.end(frame(CLOSE, payload));
    } else if (opcode === PING) {
      socket.write(frame(PONG, payload));
    } else if (opcode !== PONG) {
      if (opcode === TEXT || opcode === BINARY) kind = opcode;
      message.push(payload);
      if (!last) return;
      socket.write(frame(kind, Buffer.concat(message)));
      message = [];
    }
  });
}

// Takes over the socket of an upgrade request, or refuses it.
function accept(request, socket, head, tell) {
  socket.on('error', () => {});
  // Node's HTTP server leaves its side open when the other has ended.
  socket.on('end', () => socket.end());
  socket.on('close', () => tell('upgrade_ended', { path: request.url }));
  tell('upgrade', { path: request.url, fields: request.headers });
  const key = request.headers['sec-websocket-key'];
  if (request.url.startsWith('/refuse') || !key) {
    return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 8\r\nConnection: close\r\n\r\nnot here');
  }
  const digest = crypto.createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  lines.push(`Sec-WebSocket-Accept: ${digest}`);
  const offered = request.headers['sec-websocket-protocol'];
  if (offered) lines.push(`Sec-WebSocket-Protocol: ${offered.split(',')[0].trim()}`);
  socket.setNoDelay(true);
  socket.write(lines.join('\r\n') + '\r\n\r\n');
  serve(socket, head, tell);
}

module.exports = { accept };
