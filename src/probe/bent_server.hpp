// A server that says one wrong thing in its handshake, and hears what the client makes of it. No sockets here. It
// negotiates one of few suites and groups, resumes nothing, and never carries traffic.
#pragma once

#include "probe/bend.hpp"
#include "probe/record_protection.hpp"
#include "probe/record_reader.hpp"
#include "probe/server_messages.hpp"
#include "simplon/hello/client_hello.hpp"
#include "tls/certificate.hpp"

#include <memory>
#include <string>
#include <vector>

namespace simplon::probe {

/// One connection, from the client's hello until it is known what the client does.
class BentServer {
 public:
  /// For TLS 1.2 or TLS 1.3, and no other version on this connection.
  [[nodiscard]] static std::unique_ptr<BentServer> make(std::uint16_t version, const Bend& bend,
                                                        tls::Certificate certificate);

  BentServer(const BentServer&) = delete;
  BentServer& operator=(const BentServer&) = delete;
  virtual ~BentServer() = default;

  /// What is to be sent now; it is handed out once.
  [[nodiscard]] std::vector<std::byte> take_output();
  /// Reads on. Once the reaction's end is not `waiting`, nothing more is looked at.
  void read(Bytes bytes);
  /// Notes that nothing more comes, and why.
  void stop(Reaction::End end, std::string why = {});
  [[nodiscard]] const Reaction& reaction() const noexcept { return reaction_; }

 protected:
  BentServer(const Bend& bend, tls::Certificate certificate);

  /// Whether the client offers the version that this one speaks.
  [[nodiscard]] virtual bool speaks_with(const ClientHelloView& hello) const = 0;
  /// Says everything up to where it is the client's turn; `body` is the answer's.
  virtual void answer(const ClientHelloView& hello, const AlpnBody& body) = 0;
  /// What a record behind the hello holds; nothing where it can't be decrypted.
  [[nodiscard]] virtual std::optional<InnerPlaintext> reveal(const Record& record) = 0;
  /// The client's next message behind the hello.
  virtual void read_message(std::uint8_t type, Bytes message) = 0;
  /// The client's next records are encrypted, in TLS 1.2.
  virtual void change_cipher() {}

  void send(Bytes records);
  void note_finished() noexcept { reaction_.finished = true; }

  /// The ALPN extension with this body, where there is one, as often as it is to stand in its place.
  [[nodiscard]] Extensions in_place(const AlpnBody& body) const;
  /// Likewise, for a place where it must not stand.
  [[nodiscard]] Extensions out_of_place(Misplaced place, const AlpnBody& body) const;

  const tls::Certificate& certificate() const noexcept { return certificate_; }
  Misplaced misplaced() const noexcept { return bend_.misplaced; }

 private:
  void read_record(const Record& record);
  void read_alert(Bytes content);
  void read_hello(Bytes message);

  Bend bend_;
  tls::Certificate certificate_;
  Reaction reaction_;
  std::vector<std::byte> output_;
  RecordReader records_;
  MessageReader messages_;
};

/// 32 bytes that nobody can guess.
[[nodiscard]] std::vector<std::byte> fresh_random();

/// The TLS 1.2 and the TLS 1.3 one, which `BentServer::make` makes.
[[nodiscard]] std::unique_ptr<BentServer> make_tls12_bent_server(const Bend& bend, tls::Certificate certificate);
[[nodiscard]] std::unique_ptr<BentServer> make_tls13_bent_server(const Bend& bend, tls::Certificate certificate);

}  // namespace simplon::probe
