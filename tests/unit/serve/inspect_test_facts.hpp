// Facts of a connection as a browser makes it.
#pragma once

#include "serve/inspect/respond.hpp"

namespace simplon::serve::inspect {

inline Facts browser_facts() {
  Facts facts;
  record::Connection& connection = facts.connection;
  connection.listener = "public";
  connection.client = "203.0.113.7:51234";
  connection.server_name = "app.example.com";
  connection.offered = {{"%0A%0A", "h2", "http/1.1"}};
  connection.selected = "h2";
  connection.route = 2;
  connection.action = "inspect";
  connection.tls = "1.3";
  connection.cipher = "TLS_AES_128_GCM_SHA256";
  connection.ech_offered = true;
  connection.ja4 = "t13d1516h2_8daaf6152771_02713d6af862";
  connection.hello = std::chrono::microseconds(412);
  connection.handshake = std::chrono::microseconds(1874);
  facts.why = "h2 is the first protocol in the server's order that the client offers.";
  facts.group = "X25519";
  facts.versions_offered = {"1.3", "1.2"};
  facts.groups_offered = {"X25519", "secp256r1"};
  facts.hello_bytes = 517;
  facts.ja4_raw = "t13d1516h2_1301_0005";
  return facts;
}

inline http::Request get(std::string path) {
  http::Request request;
  request.method = "GET";
  request.authority = "127.0.0.1:8443";
  request.path = std::move(path);
  request.version = http::Version::http_2;
  return request;
}

}  // namespace simplon::serve::inspect
