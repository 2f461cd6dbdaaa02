// What is legal in a configuration, but hardly what was meant.
#pragma once

#include "config/draft.hpp"

#include <vector>

namespace simplon::config {

/// Warnings about routes that can never win, about `*` on `tcp`, and about h2 without http/1.1 where browsers come.
/// Listeners are those that the routes' specs point to.
[[nodiscard]] std::vector<Problem> lint(const std::vector<ListenerDraft>& listeners,
                                        const std::vector<RouteDraft>& routes);

}  // namespace simplon::config
