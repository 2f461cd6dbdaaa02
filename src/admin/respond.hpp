// What the admin server answers.
#pragma once

#include "admin/metrics.hpp"
#include "serve/http/message.hpp"

#include <functional>

namespace simplon::admin {

/// What the answers are about.
struct Watched {
  std::function<Counted()> count;
  std::function<bool()> draining;
};

/// The answer to one request; for HEAD as for GET.
///
/// A page of another site that a browser on this machine shows may ask for anything here, and reads the answer where
/// its site's name was made to lead here (DNS rebinding). Such a name has a dot, so only addresses, and names without
/// one, such as `localhost`, are answered.
[[nodiscard]] serve::http::Response respond(const Watched& watched, const serve::http::Request& request);

}  // namespace simplon::admin
