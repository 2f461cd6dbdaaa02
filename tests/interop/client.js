// Connects as it is told (PORT SNI VERSION OFFER, "-" for no extension) and prints what it saw as JSON. With a fifth
// argument, a path, it asks for that over HTTP/2 with Node's own client.
'use strict';
const crypto = require('crypto');
const http2 = require('http2');
const tls = require('tls');

const [port, servername, version, offer, path] = process.argv.slice(2);
const options = {
  host: '127.0.0.1',
  port: Number(port),
  servername,
  minVersion: 'TLSv' + version,
  maxVersion: 'TLSv' + version,
  rejectUnauthorized: false,
};
if (offer !== '-') options.ALPNProtocols = offer.split(',');

function describe(socket) {
  return {
    selected: socket.alpnProtocol || null,
    tls: socket.getProtocol().replace('TLSv', ''),
    alert: null,
    certificate: crypto.createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'),
  };
}

function fail(error) {
  const alert = /SSL alert number (\d+)/.exec(error.message);
  if (!alert) throw error;
  console.log(JSON.stringify({ alert: Number(alert[1]) }));
}

if (path) {
  const session = http2.connect(`https://127.0.0.1:${port}`, options);
  const request = session.request({ ':path': path });
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    console.log(JSON.stringify({ ...describe(session.socket), body }));
    session.close();
  });
} else {
  const socket = tls.connect(options, () => {
    console.log(JSON.stringify(describe(socket)));
    socket.end();
  });
  socket.on('error', fail);
}
