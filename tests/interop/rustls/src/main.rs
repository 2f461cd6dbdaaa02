// rustls against other libraries:
//   rustls_peer client PORT VERSION OFFER AUTHORITY    one connection ("-": no offer); prints what it saw as JSON
//   rustls_peer server PORT CHAIN KEY                  h2 and http/1.1, until it is ended
use rustls::{Certificate, ClientConfig, ClientConnection, PrivateKey, RootCertStore, ServerConfig, ServerConnection};
use std::fs::File;
use std::io::{BufReader, Error, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

fn certificates(path: &str) -> Vec<Certificate> {
    let read = rustls_pemfile::certs(&mut BufReader::new(File::open(path).unwrap())).unwrap();
    read.into_iter().map(Certificate).collect()
}

fn names(text: &str) -> Vec<Vec<u8>> {
    if text == "-" {
        return Vec::new();
    }
    text.split(',').map(|name| name.as_bytes().to_vec()).collect()
}

fn alert_of(error: &Error) -> Option<u8> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => Some(alert.get_u8()),
        _ => None,
    }
}

fn connect(port: &str, version: &str, offer: &str, authority: &str) {
    let mut roots = RootCertStore::empty();
    roots.add(&certificates(authority)[0]).unwrap();
    let version = if version == "1.3" { &rustls::version::TLS13 } else { &rustls::version::TLS12 };
    let mut config = ClientConfig::builder()
        .with_safe_default_cipher_suites()
        .with_safe_default_kx_groups()
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = names(offer);
    let mut connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut socket = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    while connection.is_handshaking() || connection.wants_write() {
        if let Err(error) = connection.complete_io(&mut socket) {
            let alert = alert_of(&error).unwrap_or_else(|| panic!("{error}"));
            println!("{{\"alert\": {alert}}}");
            return;
        }
    }
    let selected = match connection.alpn_protocol() {
        Some(name) => format!("\"{}\"", String::from_utf8_lossy(name)),
        None => "null".to_string(),
    };
    let version = if connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3) { "1.3" } else { "1.2" };
    println!("{{\"selected\": {selected}, \"tls\": \"{version}\"}}");
}

fn serve(port: &str, chain: &str, key: &str) {
    let keys = rustls_pemfile::pkcs8_private_keys(&mut BufReader::new(File::open(key).unwrap())).unwrap();
    let mut config = ServerConfig::builder()
        .with_safe_defaults()
        .with_no_client_auth()
        .with_single_cert(certificates(chain), PrivateKey(keys[0].clone()))
        .unwrap();
    config.alpn_protocols = names("h2,http/1.1");
    let config = Arc::new(config);
    for socket in TcpListener::bind(format!("127.0.0.1:{port}")).unwrap().incoming() {
        let mut socket = socket.unwrap();
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        // Whatever comes of it: the other end tells.
        let _ = rustls::Stream::new(&mut connection, &mut socket).read(&mut [0]);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["client", port, version, offer, authority] => connect(port, version, offer, authority),
        ["server", port, chain, key] => serve(port, chain, key),
        _ => panic!("see the top of this file"),
    }
}
