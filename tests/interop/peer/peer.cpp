// One end that negotiates with other people's programs, by the adapter that it is built with:
//   PEER server VERSION NAMES MISMATCH PEM    on a port of 127.0.0.1, which it says first; then a line per connection
//   PEER client VERSION NAMES PORT            one connection, one line
// VERSION is 1.2 or 1.3, NAMES are separated by commas ("-": the client offers nothing), MISMATCH is reject or ignore,
// PEM a file with a certificate and its key. Lines are JSON.
#include "support/test_backend.hpp"
#include "unit/adapters/adapter.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace simplon::test {

namespace {

using nlohmann::json;

/// The records of one direction, and the alert among them that is not encrypted, as those about a hello are.
class Records {
 public:
  void add(std::string_view bytes) { rest_ += bytes; }

  /// The next one that is complete.
  std::optional<std::string> next() {
    constexpr std::size_t header = 5;
    if (rest_.size() < header) return std::nullopt;
    const std::size_t size = header + (octet(3) << 8U) + octet(4);
    if (rest_.size() < size) return std::nullopt;
    // Two bytes: one that is encrypted has more.
    if (rest_[0] == '\x15' && size == header + 2) alert = static_cast<int>(octet(6));
    std::string record = rest_.substr(0, size);
    rest_.erase(0, size);
    return record;
  }

  std::optional<int> alert;

 private:
  [[nodiscard]] std::size_t octet(std::size_t at) const { return static_cast<unsigned char>(rest_[at]); }

  std::string rest_;
};

template <typename Value>
json json_of(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}

/// Takes the handshake to its end, a record at a time: what the peer says after it is left where it is. `lock` is held
/// while the library works, for not every one may be used in several threads.
json shake_hands(StreamSocket& stream, End& end, std::unique_lock<std::mutex>& lock) {
  Records sent;
  Records received;
  while (true) {
    lock.lock();
    end.go_on();
    lock.unlock();
    const std::string outgoing = std::exchange(end.outgoing, {});
    sent.add(outgoing);
    while (sent.next())
      continue;
    if (!stream.send(outgoing) || end.handshake != Handshake::going_on) break;
    auto record = received.next();
    while (!record) {
      const Received piece = stream.read_some();
      if (piece.bytes.empty()) break;
      received.add(piece.bytes);
      record = received.next();
    }
    if (!record) break;
    end.incoming = std::move(*record);
  }
  const bool done = end.handshake == Handshake::done;
  return {{"done", done},
          {"selected", done ? json_of(end.selected()) : json()},
          {"alert_sent", json_of(sent.alert)},
          {"alert_received", json_of(end.alert())}};
}

Names names_of(const std::string& text) {
  Names names;
  std::istringstream list(text);
  for (std::string name; text != "-" && std::getline(list, name, ',');)
    names.push_back(name);
  return names;
}

Version version_of(std::string_view text) { return text == "1.3" ? Version::tls_1_3 : Version::tls_1_2; }

/// Both PEM blocks stand in the one file.
void use_credentials_of(const char* path) {
  std::ifstream file(path);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  use_credentials({pem, pem});
}

int serve(Version version, const Names& names, std::string_view mismatch) {
  const auto policy = policy_of(names, mismatch == "ignore" ? Mismatch::ignore : Mismatch::reject);
  const auto server = adapter().make_server({.version = version, .policy = policy});
  if (!server) {
    std::cout << json{{"refused", server.error()}} << '\n' << std::flush;
    return 1;
  }
  std::mutex library;
  const TestBackend backend([&](StreamSocket& stream) {
    std::unique_lock lock(library);
    const auto end = (*server)->accept();
    lock.unlock();
    const json seen = shake_hands(stream, *end, lock);
    lock.lock();
    std::cout << seen << '\n' << std::flush;
    lock.unlock();
    // A close would reset what the client sends meanwhile, and take from it what it has not read yet.
    stream.finish();
    static_cast<void>(stream.read_to_end());
  });
  std::cout << json{{"port", backend.port()}} << '\n' << std::flush;
  while (true)
    ::pause();
}

int connect(Version version, const Names& names, std::uint16_t port) {
  const auto client = adapter().make_client(version);
  client->server_name = "localhost";
  const auto end = client->connect(names.empty() ? std::nullopt : std::optional(offer_of(names)));
  StreamSocket stream = StreamSocket::connect(port);
  std::mutex library;
  std::unique_lock lock(library, std::defer_lock);
  json seen = shake_hands(stream, *end, lock);
  const Answer answer = client->check_answer(*end);
  seen["wrong"] = answer ? json() : json(describe(answer.error()));
  std::cout << seen << '\n' << std::flush;
  return 0;
}

}  // namespace

}  // namespace simplon::test

int main(int argc, char** argv) {
  using namespace simplon::test;
  const std::vector<std::string_view> arguments(argv, argv + argc);
  if (argc == 6 && arguments[1] == "server") {
    use_credentials_of(argv[5]);
    return serve(version_of(arguments[2]), names_of(argv[3]), arguments[4]);
  }
  if (argc == 5 && arguments[1] == "client")
    return connect(version_of(arguments[2]), names_of(argv[3]), static_cast<std::uint16_t>(std::stoi(argv[4])));
  std::cerr << "usage: " << arguments[0] << " server VERSION NAMES MISMATCH PEM | client VERSION NAMES PORT\n";
  return 2;
}
