#include "record/counters.hpp"

#include <algorithm>
#include <utility>

namespace simplon::record {

namespace {

template <std::size_t size>
void add_each(std::array<Count, size>& to, const std::array<Count, size>& from) noexcept {
  for (std::size_t i = 0; i < size; ++i)
    to[i].add(from[i].value());
}

}  // namespace

void Histogram::observe(Duration time) noexcept {
  const auto* const bound = std::ranges::lower_bound(bounds, time);
  counts_[static_cast<std::size_t>(bound - bounds.begin())].add();
  sum_.add(static_cast<std::uint64_t>(std::max(time, Duration(0)).count()));
}

void Histogram::add(const Histogram& other) noexcept {
  add_each(counts_, other.counts_);
  sum_.add(other.sum());
}

Counters::Counters(std::shared_ptr<const Labels> counted)
    : labels(std::move(counted)),
      listeners(labels->listeners().size()),
      protocols(labels->protocols()),
      backend_errors(labels->backends()),
      last_offer_(labels->protocols()) {
  for (OfListener& each : listeners)
    each.would_reject = std::vector<Count>(labels->protocols());
}

void Counters::end_connection(std::uint32_t listener, const Connection& facts) noexcept {
  OfListener& counted = listeners[listener];
  counted.active.remove();
  counted.connections[static_cast<std::size_t>(facts.verdict)].add();
  if (facts.reason == Reason::none) return;
  ByReason& reasons = facts.verdict == Verdict::rejected ? rejects : failures;
  reasons[static_cast<std::size_t>(facts.reason)].add();
}

void Counters::count_hello(std::uint32_t listener, std::optional<ProtocolListView> offer, bool would_reject,
                           std::chrono::microseconds time) noexcept {
  hello.observe(time);
  ++offers_;
  const auto count = [&](std::uint32_t protocol) {
    if (std::exchange(last_offer_[protocol], offers_) == offers_) return;
    protocols[protocol].offered.add();
    if (would_reject) listeners[listener].would_reject[protocol].add();
  };
  if (!offer) return count(Labels::no_protocol);
  for (const ProtocolIdView id : *offer) {
    if (!is_grease(id)) count(labels->protocol(id));
  }
}

void Counters::count_handshake(std::optional<ProtocolIdView> selected, std::string_view tls,
                               std::chrono::microseconds time) noexcept {
  handshake.observe(time);
  const std::uint32_t protocol = selected ? labels->protocol(*selected) : Labels::no_protocol;
  protocols[protocol].negotiated[tls == "1.3" ? 1 : 0].add();
}

void Counters::count_request(const CountedRequest& request) noexcept {
  OfRequests& counted = requests[static_cast<std::size_t>(request.protocol)];
  counted.statuses[std::min<std::size_t>(request.status.value_or(0) / 100, status_classes.size() - 1)].add();
  counted.seconds.observe(request.total);
  request_bytes_in.add(request.bytes_in);
  request_bytes_out.add(request.bytes_out);
}

void Counters::count_backend_error(std::string_view backend) noexcept {
  if (const auto number = labels->backend(backend)) backend_errors[*number].add();
}

void Counters::add(const Counters& other) noexcept {
  const Labels& theirs = *other.labels;
  for (std::uint32_t i = 0; i < theirs.protocols(); ++i) {
    const std::uint32_t here = labels->protocol_of(theirs, i);
    protocols[here].offered.add(other.protocols[i].offered.value());
    add_each(protocols[here].negotiated, other.protocols[i].negotiated);
  }
  for (std::size_t i = 0; i < theirs.listeners().size(); ++i) {
    const auto here = labels->listener(theirs.listeners()[i]);
    if (!here) continue;
    const OfListener& from = other.listeners[i];
    OfListener& to = listeners[*here];
    add_each(to.connections, from.connections);
    to.active.add(from.active.value());
    for (std::uint32_t each = 0; each < theirs.protocols(); ++each)
      to.would_reject[labels->protocol_of(theirs, each)].add(from.would_reject[each].value());
  }
  for (std::uint32_t i = 0; i < theirs.backends(); ++i) {
    const auto here = labels->backend(theirs.backend_text(i));
    if (here) backend_errors[*here].add(other.backend_errors[i].value());
  }
  add_each(rejects, other.rejects);
  add_each(failures, other.failures);
  add_each(http_refused, other.http_refused);
  hello.add(other.hello);
  handshake.add(other.handshake);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    add_each(requests[i].statuses, other.requests[i].statuses);
    requests[i].seconds.add(other.requests[i].seconds);
  }
  bytes_in.add(other.bytes_in.value());
  bytes_out.add(other.bytes_out.value());
  request_bytes_in.add(other.request_bytes_in.value());
  request_bytes_out.add(other.request_bytes_out.value());
}

}  // namespace simplon::record
