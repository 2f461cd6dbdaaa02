// From a whole ClientHello to a choice. Private to this layer.
#pragma once

#include "serve/connection.hpp"
#include "simplon/hello/client_hello.hpp"

#include <memory>
#include <variant>

namespace simplon::serve {

/// Refuse, with this alert.
struct Refused {
  Alert alert;
};

/// Decides on `hello` and notes what the log wants to know of it. Nothing returned refers to the hello.
[[nodiscard]] std::variant<std::unique_ptr<Choice>, Refused> choose(Connection& connection,
                                                                    const ClientHelloView& hello);

}  // namespace simplon::serve
