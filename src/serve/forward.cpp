#include "serve/owners.hpp"
#include "serve/proxy/forwarding.hpp"
#include "serve/speak_http.hpp"

namespace simplon::serve {

net::Task<void> forward(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  const std::uint32_t route = choice->route;
  const auto selected = choice->selected;
  auto make = [connection, route, selected](const tls::ServerConnection& tls) -> std::unique_ptr<http::Service> {
    return std::make_unique<proxy::ForwardingService>(connection, route, selected, tls.client_certificate());
  };
  return speak_http(std::move(connection), std::move(choice), std::move(make));
}

}  // namespace simplon::serve
