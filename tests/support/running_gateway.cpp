#include "support/running_gateway.hpp"

#include "config/load.hpp"
#include "gateway/gateway.hpp"
#include "serve/snapshot.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <stdexcept>

namespace simplon::test {

namespace {

std::shared_ptr<const serve::Snapshot> make_snapshot(const std::string& config, const RunningGateway::Options& options,
                                                     const serve::Snapshot* former) {
  const std::string server = "[server]\nworkers = " + std::to_string(options.workers) + "\nlog = \"off\"\n";
  auto loaded = config::load_text(server + config, "/test/simplon.toml");
  if (!loaded)
    throw std::runtime_error(config::to_text(loaded.error().front().position) + ": " + loaded.error().front().message);
  // A test that says nothing of draining does not want to wait for whoever is still connected when it is over.
  if (config.find("drain_timeout") == std::string::npos) loaded->limits.drain_timeout = std::chrono::milliseconds(0);
  std::vector<tls::Certificate> certificates;
  if (!loaded->certificates.empty()) {
    const std::vector<TestCertificate> given =
        options.certificates.empty() ? std::vector{app_certificate()} : options.certificates;
    for (const TestCertificate& each : given) {
      certificates.push_back(tls::Certificate::parse({each.chain_pem, ""}, {each.key_pem, ""}).value());
    }
  }
  auto keys = former != nullptr ? former->ticket_keys() : std::make_shared<tls::TicketKeys>();
  auto snapshot = serve::Snapshot::make(std::make_shared<const config::Config>(std::move(*loaded)), certificates,
                                        {.ticket_keys = std::move(keys), .former = former});
  if (!snapshot) throw std::runtime_error(snapshot.error());
  return *snapshot;
}

}  // namespace

const TestCertificate& app_certificate() {
  static const TestCertificate made = make_test_certificate({.names = {"app.example.com"}});
  return made;
}

struct RunningGateway::State final : serve::Recorder {
  mutable std::mutex mutex;
  std::condition_variable recorded;
  std::deque<record::Connection> records;
  std::deque<record::Request> requests;
  std::vector<Note> notes;
  std::vector<std::shared_ptr<const serve::Snapshot>> snapshots;  // the records' text
  std::unique_ptr<gateway::Gateway> gateway;

  [[nodiscard]] bool wants_detail() const noexcept override { return true; }
  void record(const record::Connection& connection) override {
    const std::lock_guard lock(mutex);
    records.push_back(connection);
    recorded.notify_all();
  }
  void record(const record::Request& request) override {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    recorded.notify_all();
  }
};

RunningGateway::RunningGateway(const std::string& config, const Options& options) : state_(std::make_unique<State>()) {
  // As the program does: splicing to a peer that is gone must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  state_->snapshots.push_back(make_snapshot(config, options, nullptr));
  const auto note = [state = state_.get()](std::string_view event, std::string_view message) {
    const std::lock_guard lock(state->mutex);
    state->notes.push_back({std::string(event), std::string(message)});
  };
  auto started = gateway::Gateway::start(state_->snapshots.front(), *state_, note);
  if (!started) throw std::runtime_error(started.error());
  state_->gateway = std::move(*started);
}

std::expected<void, std::string> RunningGateway::replace(const std::string& config, const Options& options) {
  state_->snapshots.push_back(make_snapshot(config, options, state_->snapshots.back().get()));
  return state_->gateway->replace(state_->snapshots.back());
}

RunningGateway::~RunningGateway() {
  // First, for its threads record until they have ended.
  state_->gateway.reset();
}

std::uint16_t RunningGateway::port(std::size_t listener) const {
  return state_->gateway->addresses().at(listener).port();
}
std::string RunningGateway::admin_address() const { return state_->gateway->admin_address().value(); }
std::size_t RunningGateway::connections() const { return state_->gateway->connections(); }

record::Connection RunningGateway::next_record(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  if (!state_->recorded.wait_for(lock, limit, [this] { return !state_->records.empty(); })) {
    throw std::runtime_error("no connection has ended");
  }
  record::Connection next = std::move(state_->records.front());
  state_->records.pop_front();
  return next;
}

record::Request RunningGateway::next_request(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  if (!state_->recorded.wait_for(lock, limit, [this] { return !state_->requests.empty(); })) {
    throw std::runtime_error("no request has ended");
  }
  record::Request next = std::move(state_->requests.front());
  state_->requests.pop_front();
  return next;
}

std::size_t RunningGateway::records_waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->records.size();
}

std::vector<RunningGateway::Note> RunningGateway::notes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->notes;
}

void RunningGateway::stop() { state_->gateway->stop(); }

}  // namespace simplon::test
