// What becomes of a callback written by hand, and of one that goes by the server name: both are functions that a
// program calls once for its context.
#include <simplon/adapters/openssl.hpp>

#include <cstring>
#include <iostream>

// Before. SSL_select_next_proto gives the first of its *first* list that is in the second, and where there is none says
// OPENSSL_NPN_NO_OVERLAP and gives the first of its second list all the same, here one of the client's own.
void before(SSL_CTX* context) {
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
        static const unsigned char ours[] = "\x02h2\x08http/1.1";
        unsigned char* selected = nullptr;
        const int found = SSL_select_next_proto(&selected, out_size, ours, sizeof ours - 1, in, in_size);
        *out = selected;
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
      },
      nullptr);
}

std::shared_ptr<const simplon::Policy> policy_of(std::initializer_list<simplon::ProtocolIdView> names) {
  auto preferences = simplon::Preferences::from(names);
  if (!preferences) return nullptr;
  // On the way from a callback that let every mismatch pass: let it pass, and tell of it.
  return std::make_shared<const simplon::Policy>(std::move(*preferences), simplon::Order::server,
                                                 simplon::Mismatch::report);
}

// After.
void after(SSL_CTX* context) {
  simplon::openssl::set_policy(context, policy_of({simplon::protocol::h2, simplon::protocol::http_1_1}),
                               [](const SSL*, const simplon::Offer& offer) {
                                 std::clog << "would be rejected: " << to_text(*offer.names()) << '\n';
                               });
}

// After, with a policy for each name: nothing for a name that is not served here.
void after_by_name(SSL_CTX* context) {
  simplon::openssl::set_policies(context, [api = policy_of({simplon::protocol::h2}),
                                           www = policy_of({simplon::protocol::h2, simplon::protocol::http_1_1})](
                                              std::optional<std::string_view> server_name) {
    if (server_name == "api.example.com") return api;
    return server_name == "www.example.com" ? www : nullptr;
  });
}
