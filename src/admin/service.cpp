#include "admin/service.hpp"

#include "admin/api.hpp"
#include "serve/http/common.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace simplon::admin {

namespace {

namespace http = serve::http;
using std::chrono::milliseconds;

// For all shards together. One that is stuck must not keep the others' connections from being seen.
constexpr milliseconds shard_patience{1'000};
constexpr milliseconds shard_interval{1};

// Takes of `asked` what is there; true once nothing is missing.
bool collect(std::vector<std::future<std::vector<LiveConnection>>>& asked, std::vector<LiveConnection>& found) {
  std::erase_if(asked, [&](std::future<std::vector<LiveConnection>>& part) {
    if (part.wait_for(milliseconds(0)) != std::future_status::ready) return false;
    try {
      std::ranges::move(part.get(), std::back_inserter(found));
    } catch (const std::exception&) {
      return false;  // it ran out of memory, or ended: its part is missing
    }
    return true;
  });
  return asked.empty();
}

// Shards answer between two turns of their loops, so this asks again and again whether they have.
net::Task<void> list_connections(Common& common, std::shared_ptr<http::Exchange> exchange, Page page) {
  std::vector<LiveConnection> found;
  auto asked = common.watched.connections(page);
  const auto until = std::chrono::steady_clock::now() + shard_patience;
  bool complete = collect(asked, found);
  while (!complete && !common.ending && std::chrono::steady_clock::now() < until) {
    co_await net::sleep(common.deadlines, shard_interval);
    complete = collect(asked, found);
  }
  exchange->respond(http::clean(answer(200, json_type, connections_json(std::move(found), page, complete))));
}

}  // namespace

// A response that gets longer each second. What a slow client did not take in time it never gets: the next sample has
// the totals of all before.
class Service::EventStream final : private http::Side {
 public:
  EventStream(Common& common, std::shared_ptr<http::Exchange> exchange)
      : common_(common), exchange_(std::move(exchange)) {
    ++common_.streams;
    exchange_->backend = this;
    exchange_->response = answer(200, events_type, {});
    exchange_->response->body = nullptr;
    say_next();
  }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream() { end(); }

  [[nodiscard]] bool ended() const noexcept { return !exchange_; }

 private:
  class Second final : public net::Timer {
   public:
    explicit Second(EventStream& stream) : Timer(stream.common_.deadlines, std::chrono::seconds(1)), stream_(stream) {}

   private:
    void fire() override { stream_.say_next(); }

    EventStream& stream_;
  };

  void say_next() {
    if (exchange_->response_body.has_room()) {
      exchange_->response_body.append(as_bytes("event: sample\ndata: " + sample_json(common_.watched) + "\n\n"));
    }
    second_.emplace(*this);
    exchange_->tell_client();
  }

  void exchange_changed(http::Exchange& exchange) override {
    if (exchange.abandoned()) end();
  }

  void end() {
    if (!exchange_) return;
    second_.reset();
    exchange_->backend = nullptr;
    exchange_ = nullptr;
    --common_.streams;
  }

  Common& common_;
  std::shared_ptr<http::Exchange> exchange_;
  std::optional<Second> second_;
};

Service::Service(Common& common)
    : common_(common), answering_([this](const http::Request& request) {
        Answer made = respond(common_.watched, request);
        if (auto* const response = std::get_if<http::Response>(&made)) return std::move(*response);
        return http::refusal(400, "Ask for this without content.");
      }) {}

Service::~Service() = default;

bool Service::streams() const noexcept { return stream_ && !stream_->ended(); }

void Service::start(std::shared_ptr<http::Exchange> exchange) {
  if (exchange->request.has_content) return answering_.start(std::move(exchange));
  Answer made = respond(common_.watched, exchange->request);
  if (auto* const response = std::get_if<http::Response>(&made)) {
    exchange->respond(http::clean(std::move(*response)));
  } else if (const auto* const wanted = std::get_if<ConnectionsWanted>(&made)) {
    net::spawn(common_.poller, list_connections(common_, std::move(exchange), wanted->page));
  } else if (exchange->request.method == "HEAD") {
    exchange->respond(http::clean(answer(200, events_type, {})));
  } else if (common_.streams >= Common::max_streams) {
    http::Response busy = http::refusal(503, "Too many clients listen to events already.");
    busy.fields.push_back({"retry-after", "10"});
    exchange->respond(http::clean(std::move(busy)));
  } else {
    stream_ = std::make_unique<EventStream>(common_, std::move(exchange));
  }
}

}  // namespace simplon::admin
