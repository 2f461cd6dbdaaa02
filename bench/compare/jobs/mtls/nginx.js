// proxy_protocol writes version 1, which has no place for a name: this is version 2 with the SSL TLV.
const field = (type, value) => Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);

function tell(session) {
  session.on("upstream", (data, flags) => {
    const about = session.variables;
    const name = Buffer.from(about.ssl_client_s_dn.match(/CN=([^,]*)/)[1]);
    const tls = field(0x20, Buffer.concat([Buffer.from([7, 0, 0, 0, 0]), field(0x22, name)]));
    const addresses = `${about.remote_addr}.${about.server_addr}`.split(".");
    const ports = [about.remote_port >> 8, about.remote_port & 255, about.server_port >> 8, about.server_port & 255];
    const rest = Buffer.concat([Buffer.from(addresses.concat(ports)), tls]);
    const magic = Buffer.from("\r\n\r\n\0\r\nQUIT\n!");
    session.send(Buffer.concat([magic, field(0x11, rest), data]), flags);
    session.off("upstream");
  });
}

export default { tell };
