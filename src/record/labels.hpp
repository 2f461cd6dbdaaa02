// The values that the labels of metrics take, numbered: bounded by the configuration and the registry, whatever clients
// send.
#pragma once

#include "route/name_index.hpp"
#include "simplon/alpn/protocol_id.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::record {

/// Immutable once made, so any number of threads may read it. Looking up allocates nothing.
class Labels {
 public:
  /// The number of "the client sent no ALPN extension", or of "nothing was selected".
  static constexpr std::uint32_t no_protocol = 0;
  /// The number that all names share which are neither configured nor registered.
  static constexpr std::uint32_t other_protocol = 1;

  /// `listeners` and `backends` as the configuration writes them, backends perhaps repeatedly; `configured`: the names
  /// of all routes. Registered names are added.
  Labels(std::vector<std::string> listeners, std::span<const ProtocolIdView> configured,
         std::span<const std::string> backends);

  [[nodiscard]] const std::vector<std::string>& listeners() const noexcept { return listeners_; }
  [[nodiscard]] std::optional<std::uint32_t> listener(std::string_view name) const noexcept;

  /// How many numbers protocols have.
  [[nodiscard]] std::size_t protocols() const noexcept { return protocol_texts_.size(); }
  [[nodiscard]] std::uint32_t protocol(ProtocolIdView id) const noexcept {
    const auto known = protocols_.find(id.bytes());
    return known ? *known + first_name : other_protocol;
  }
  /// The label's value: a name's text form, "other", or nothing for `no_protocol`, as no name is empty.
  [[nodiscard]] const std::string& protocol_text(std::uint32_t number) const noexcept {
    return protocol_texts_[number];
  }

  /// The number here of what is `number` in `others`; `other_protocol` where it is nothing here.
  [[nodiscard]] std::uint32_t protocol_of(const Labels& others, std::uint32_t number) const noexcept;

  [[nodiscard]] std::size_t backends() const noexcept { return backends_.size(); }
  [[nodiscard]] std::optional<std::uint32_t> backend(std::string_view text) const noexcept {
    return backends_.find(text);
  }
  [[nodiscard]] std::string_view backend_text(std::uint32_t number) const noexcept { return backends_.name(number); }

 private:
  static constexpr std::uint32_t first_name = 2;

  void add_protocol(ProtocolIdView id);

  std::vector<std::string> listeners_;
  route::NameIndex protocols_;
  std::vector<std::string> protocol_texts_;
  route::NameIndex backends_;
};

}  // namespace simplon::record
