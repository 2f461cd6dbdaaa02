// Who may own a connection once it is decided. Each takes it to its end. Private to this layer.
#pragma once

#include "serve/connection.hpp"

#include <memory>
#include <string>

namespace simplon::serve {

/// `pass`: the stream exactly as the client sent it, to a backend.
[[nodiscard]] net::Task<void> pass(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `tcp`: TLS ends here, plain bytes to a backend.
[[nodiscard]] net::Task<void> terminate(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `tls`: TLS ends here, and begins anew to a backend, with the protocol that the client got.
[[nodiscard]] net::Task<void> reencrypt(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `tls` with `mirror`: a backend is asked first, with the client's own list, and the client gets what it selects.
[[nodiscard]] net::Task<void> mirror(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `acme_dir`: TLS ends here with the certificate of a challenge, and so does the connection.
[[nodiscard]] net::Task<void> answer_challenge(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `inspect`: TLS ends here, and so does the connection: the page about it.
[[nodiscard]] net::Task<void> show(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// `http`: TLS ends here, and each request goes to a backend.
[[nodiscard]] net::Task<void> forward(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice);

/// On a listener that redirects: plain HTTP, answered with the same URL under https.
[[nodiscard]] net::Task<void> redirect(std::shared_ptr<Connection> connection);

/// Tells the client `alert` in plain text and closes, so that it is seen even by a client that goes on writing.
[[nodiscard]] net::Task<void> refuse(Connection& connection, Alert alert);

/// Throws away what has come, so that the close that follows reads as the end of the stream and not as a reset.
void discard_arrived(Connection& connection);

/// Closes such that what was written last is read: nothing more is sent, and what still comes is thrown away until the
/// client closes, one second has passed, or 64 KiB.
[[nodiscard]] net::Task<void> linger(Connection& connection);

/// Like `refuse`, with an answer in the client's own protocol.
[[nodiscard]] net::Task<void> answer_and_close(Connection& connection, std::string answer);

/// Answers HTTP on a TLS port with 400 and the https URL.
[[nodiscard]] net::Task<void> answer_plain_http(Connection& connection);

/// Connects to a backend of the route. Null when none can be reached; that is noted.
[[nodiscard]] net::Task<const net::Backend*> reach_backend(Connection& connection, const Choice& choice);

}  // namespace simplon::serve
