// What the admin server answers.
#pragma once

#include "admin/watched.hpp"
#include "serve/http/message.hpp"

#include <variant>

namespace simplon::admin {

/// The shards are to be asked for their connections.
struct ConnectionsWanted {
  Page page;
};

/// Samples are to be sent for as long as the client listens.
struct EventsWanted {};

/// An answer, or what it takes to make one.
using Answer = std::variant<serve::http::Response, ConnectionsWanted, EventsWanted>;

/// What becomes of one request; of HEAD the same as of GET.
///
/// A page of another site that a browser on this machine shows may ask for anything here, and reads the answer where
/// its site's name was made to lead here (DNS rebinding). Such a name has a dot, so without a token, which no such page
/// has, only addresses, and names without a dot, such as `localhost`, are answered.
[[nodiscard]] Answer respond(const Watched& watched, const serve::http::Request& request);

/// A response with the fields that all answers have.
[[nodiscard]] serve::http::Response answer(unsigned status, std::string_view type, std::string content);

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view events_type = "text/event-stream";

}  // namespace simplon::admin
