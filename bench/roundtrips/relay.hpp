// A relay that delays each direction, and counts the flights: a flight is what one side sends before the other's
// arrives.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace round_trips {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// One connection's way through the relay. The TCP handshakes at both ends are not delayed.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(tcp::socket client, tcp::socket server, Clock::duration delay)
      : client_(std::move(client)), server_(std::move(server)), delay_(delay) {}

  void start() {
    const auto executor = client_.get_executor();
    auto up = std::make_shared<Pending>(executor);
    auto down = std::make_shared<Pending>(executor);
    asio::co_spawn(executor, read(shared_from_this(), client_, up, Side::client), asio::detached);
    asio::co_spawn(executor, write(shared_from_this(), server_, up), asio::detached);
    asio::co_spawn(executor, read(shared_from_this(), server_, down, Side::server), asio::detached);
    asio::co_spawn(executor, write(shared_from_this(), client_, down), asio::detached);
  }

  /// How many have come to the relay so far.
  [[nodiscard]] int flights() const { return flights_; }

 private:
  enum class Side { nobody, client, server };
  struct Piece {
    Clock::time_point due;
    std::vector<char> bytes;  // of none at the end
  };
  struct Pending {
    explicit Pending(const asio::any_io_executor& executor) : more(executor, Clock::time_point::max()) {}
    std::deque<Piece> pieces;
    asio::steady_timer more;
  };

  static asio::awaitable<void> read(std::shared_ptr<Relay> self, tcp::socket& from, std::shared_ptr<Pending> pending,
                                    Side side) {
    std::array<char, 65536> buffer;
    while (true) {
      boost::system::error_code ended;
      const std::size_t size =
          co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ended));
      if (size > 0 && std::exchange(self->last_, side) != side) ++self->flights_;
      const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(size);
      pending->pieces.push_back({Clock::now() + self->delay_, std::vector<char>(buffer.begin(), end)});
      pending->more.cancel();
      if (ended) co_return;
    }
  }

  static asio::awaitable<void> write(std::shared_ptr<Relay> self, tcp::socket& to, std::shared_ptr<Pending> pending) {
    asio::steady_timer due(to.get_executor());
    boost::system::error_code error;
    while (true) {
      while (pending->pieces.empty()) {
        co_await pending->more.async_wait(asio::redirect_error(asio::use_awaitable, error));
      }
      const Piece piece = std::move(pending->pieces.front());
      pending->pieces.pop_front();
      due.expires_at(piece.due);
      co_await due.async_wait(asio::redirect_error(asio::use_awaitable, error));
      co_await asio::async_write(to, asio::buffer(piece.bytes), asio::redirect_error(asio::use_awaitable, error));
      if (error || piece.bytes.empty()) break;
    }
    to.shutdown(tcp::socket::shutdown_send, error);
    static_cast<void>(self);
  }

  tcp::socket client_;
  tcp::socket server_;
  Clock::duration delay_;
  Side last_ = Side::nobody;
  int flights_ = 0;
};

}  // namespace round_trips
