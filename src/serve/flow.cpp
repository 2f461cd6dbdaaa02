#include "serve/flow.hpp"

namespace simplon::serve {

void Flow::note_end(net::PumpEnd end, Direction direction) {
  if (end == net::PumpEnd::finished) return;
  if (end == net::PumpEnd::aborted) {
    // The other direction's failure has noted its reason before.
    connection_->fail(idle_.expired() ? record::Reason::idle_timeout : record::Reason::drained);
    return;
  }
  const bool client_broke = (direction == Direction::to_backend) == (end == net::PumpEnd::source_broke);
  if (!client_broke) connection_->services.counters.count_backend_error(connection_->facts.backend);
  connection_->fail(client_broke ? record::Reason::client_reset : record::Reason::backend_reset);
  break_off();
}

void Flow::break_off() {
  for (net::Socket* const socket : {&connection_->client, connection_->backend.get()}) {
    socket->reset_on_close();
    socket->abort();
  }
}

}  // namespace simplon::serve
