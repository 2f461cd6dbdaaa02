#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"
#include "simplon/hello/client_hello.hpp"
#include "simplon/hello/ja4.hpp"
#include "simplon/hello/reader.hpp"
#include "simplon/hello/server_name.hpp"
#include <simplon/simplon.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

using namespace simplon;

struct simplon_client_hello {
  std::unique_ptr<std::byte[]> stream;  // what `view` looks at
  ClientHelloView view;
  std::optional<ServerName> server_name;
};

struct simplon_policy {
  Policy policy;
};

struct simplon_offer {
  ProtocolList names;
};

namespace {

static_assert(SIMPLON_JA4_RAW_SIZE == ja4_raw_max_size + 1);
static_assert(SIMPLON_JA4_SIZE == ja4_size + 1);

struct Row {
  simplon_status status;
  WireError error;
};

// The numbers are promised to callers; the order of WireError is not.
constexpr Row rows[] = {
    {SIMPLON_EMPTY_NAME, WireError::empty_name},
    {SIMPLON_NAME_TOO_LONG, WireError::name_too_long},
    {SIMPLON_EMPTY_LIST, WireError::empty_list},
    {SIMPLON_LIST_TOO_LONG, WireError::list_too_long},
    {SIMPLON_LIST_LENGTH, WireError::list_length},
    {SIMPLON_TRUNCATED_NAME, WireError::truncated_name},
    {SIMPLON_DUPLICATE_NAME, WireError::duplicate_name},
    {SIMPLON_H2C_OFFERED, WireError::h2c_offered},
    {SIMPLON_ANSWER_NOT_SINGLE, WireError::answer_not_single},
    {SIMPLON_ANSWER_NOT_OFFERED, WireError::answer_not_offered},
    {SIMPLON_ANSWER_MISSING, WireError::answer_missing},
    {SIMPLON_ANSWER_UNASKED, WireError::answer_unasked},
    {SIMPLON_NOT_TLS, WireError::not_tls},
    {SIMPLON_ALERT_RECEIVED, WireError::alert_received},
    {SIMPLON_UNEXPECTED_CONTENT, WireError::unexpected_content},
    {SIMPLON_EMPTY_RECORD, WireError::empty_record},
    {SIMPLON_RECORD_TOO_LONG, WireError::record_too_long},
    {SIMPLON_NOT_CLIENT_HELLO, WireError::not_client_hello},
    {SIMPLON_HELLO_TOO_LARGE, WireError::hello_too_large},
    {SIMPLON_MALFORMED_HELLO, WireError::malformed_hello},
    {SIMPLON_DUPLICATE_EXTENSION, WireError::duplicate_extension},
    {SIMPLON_MALFORMED_EXTENSION, WireError::malformed_extension},
};
// All but bad_escape and too_large_to_encode, the last: no function here reads a name's text form or builds a hello.
static_assert(std::size(rows) == static_cast<std::size_t>(WireError::too_large_to_encode) + 1 - 2);

simplon_status status_of(WireError error) noexcept {
  const auto* const row = std::ranges::find(rows, error, &Row::error);
  return row == std::end(rows) ? SIMPLON_INVALID_ARGUMENT : row->status;
}

std::optional<WireError> error_of(simplon_status status) noexcept {
  const auto* const row = std::ranges::find(rows, status, &Row::status);
  if (row == std::end(rows)) return std::nullopt;
  return row->error;
}

simplon_bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(simplon_bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// Runs `make`, whose containers throw when memory runs out. Where the library is compiled without exceptions the
// standard library ends the program then.
template <typename Make>
simplon_status without_exceptions(Make make) noexcept {
#ifdef __cpp_exceptions
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return SIMPLON_OUT_OF_MEMORY;
  }
#else
  return make();
#endif
}

// Calls `make` with the names as `ProtocolIdView`s, if they are.
template <typename Make>
simplon_status with_ids(std::span<const simplon_bytes> names, Make make) {
  std::vector<ProtocolIdView> ids;
  ids.reserve(names.size());
  for (const simplon_bytes name : names) {
    if (name.data == nullptr && name.size != 0) return SIMPLON_INVALID_ARGUMENT;
    const auto id = ProtocolIdView::from(text_of(name));
    if (!id) return status_of(id.error());
    ids.push_back(*id);
  }
  return make(ids);
}

simplon_status create_policy(std::span<const ProtocolIdView> ids, Order order, Mismatch mismatch,
                             simplon_policy** policy) {
  auto preferences = Preferences::from(ids);
  if (!preferences) return status_of(preferences.error());
  *policy = new simplon_policy{Policy(std::move(*preferences), order, mismatch)};
  return SIMPLON_OK;
}

simplon_status create_offer(std::span<const ProtocolIdView> ids, simplon_offer** offer) {
  auto names = make_offer(ids);
  if (!names) return status_of(names.error());
  *offer = new simplon_offer{std::move(*names)};
  return SIMPLON_OK;
}

std::optional<ProtocolListView> names_of(const simplon_offer* offer) noexcept {
  return offer == nullptr ? std::nullopt : std::optional(offer->names.view());
}

simplon_status status_of(Ja4Error error) noexcept {
  return error == Ja4Error::buffer_too_small ? SIMPLON_BUFFER_TOO_SMALL : SIMPLON_TOO_MANY_VALUES;
}

// The caller's SHA-256, and whether it ever failed.
struct CallersSha256 {
  simplon_sha256 function;
  void* context;
  bool failed = false;

  static void call(void* self, Bytes input, std::span<std::byte, 32> digest) {
    auto& sha256 = *static_cast<CallersSha256*>(self);
    sha256.failed |= sha256.function(sha256.context, reinterpret_cast<const std::uint8_t*>(input.data()), input.size(),
                                     reinterpret_cast<std::uint8_t*>(digest.data())) != 0;
  }
};

simplon_outcome outcome_of(const Outcome& outcome) noexcept {
  simplon_outcome result = {};
  result.verdict = SIMPLON_DECLINED;
  result.alert = -1;
  result.section = outcome.section().data();
  result.would_reject = outcome.would_reject() ? 1 : 0;
  result.mismatch = outcome.mismatch() ? 1 : 0;
  if (const auto id = outcome.selected()) {
    result.verdict = SIMPLON_SELECTED;
    result.selected = bytes_of(id->bytes());
  }
  if (const auto alert = outcome.alert()) {
    result.verdict = SIMPLON_REJECTED;
    result.alert = static_cast<int32_t>(*alert);
  }
  return result;
}

}  // namespace

const char* simplon_describe(simplon_status status) {
  // All of them are literals, behind which a zero stands.
  if (const auto error = error_of(status)) return describe(*error).data();
  switch (status) {
    case SIMPLON_OK:
      return "done";
    case SIMPLON_NEED_MORE:
      return "the ClientHello is not whole yet";
    case SIMPLON_INVALID_ARGUMENT:
      return "an argument is null or out of range";
    case SIMPLON_OUT_OF_MEMORY:
      return "out of memory";
    case SIMPLON_BUFFER_TOO_SMALL:
      return "the buffer is too small";
    case SIMPLON_TOO_MANY_VALUES:
      return "too many values for a fingerprint";
    case SIMPLON_SHA256_FAILED:
      return "the caller's SHA-256 failed";
    default:
      return "no status of this library";
  }
}

int32_t simplon_alert_of(simplon_status status) {
  const auto error = error_of(status);
  const auto alert = error ? alert_of(*error) : std::nullopt;
  return alert ? static_cast<int32_t>(*alert) : -1;
}

simplon_status simplon_client_hello_read(const uint8_t* stream, size_t size, simplon_client_hello** hello,
                                         size_t* more) {
  if (hello == nullptr) return SIMPLON_INVALID_ARGUMENT;
  *hello = nullptr;
  if (more != nullptr) *more = 0;
  if (stream == nullptr && size != 0) return SIMPLON_INVALID_ARGUMENT;
  const HelloLimits limits;
  // What lies beyond can't change the outcome.
  size = std::min(size, limits.stream_bytes());
  std::unique_ptr<std::byte[]> copy(new (std::nothrow) std::byte[size]);
  std::unique_ptr<simplon_client_hello> made(new (std::nothrow) simplon_client_hello);
  if (!copy || !made) return SIMPLON_OUT_OF_MEMORY;
  std::ranges::copy(std::as_bytes(std::span{stream, size}), copy.get());

  const ReadOutcome outcome = read_client_hello({copy.get(), size}, limits);
  if (const auto* const error = std::get_if<WireError>(&outcome)) return status_of(*error);
  if (const auto* const need = std::get_if<NeedMore>(&outcome)) {
    if (more != nullptr) *more = need->bytes;
    return SIMPLON_NEED_MORE;
  }
  made->stream = std::move(copy);
  made->view = *std::get_if<ClientHelloView>(&outcome);
  if (made->view.server_name) made->server_name = ServerName::from(*made->view.server_name);
  *hello = made.release();
  return SIMPLON_OK;
}

void simplon_client_hello_free(simplon_client_hello* hello) { delete hello; }

simplon_bytes simplon_client_hello_server_name(const simplon_client_hello* hello) {
  if (hello == nullptr || !hello->server_name) return {nullptr, 0};
  return bytes_of(hello->server_name->text());
}

size_t simplon_client_hello_protocol_count(const simplon_client_hello* hello) {
  if (hello == nullptr || !hello->view.alpn) return 0;
  return static_cast<size_t>(std::ranges::distance(*hello->view.alpn));
}

simplon_bytes simplon_client_hello_protocol(const simplon_client_hello* hello, size_t index) {
  if (hello == nullptr || !hello->view.alpn) return {nullptr, 0};
  for (const ProtocolIdView id : *hello->view.alpn) {
    if (index-- == 0) return bytes_of(id.bytes());
  }
  return {nullptr, 0};
}

simplon_status simplon_client_hello_ja4_raw(const simplon_client_hello* hello, char* buffer, size_t capacity) {
  if (hello == nullptr || buffer == nullptr) return SIMPLON_INVALID_ARGUMENT;
  if (capacity == 0) return SIMPLON_BUFFER_TOO_SMALL;
  const auto raw = write_ja4_raw(hello->view, {buffer, capacity - 1});
  if (!raw) return status_of(raw.error());
  buffer[raw->size()] = '\0';
  return SIMPLON_OK;
}

simplon_status simplon_client_hello_ja4(const simplon_client_hello* hello, simplon_sha256 sha256, void* context,
                                        char* buffer, size_t capacity) {
  if (hello == nullptr || sha256 == nullptr || buffer == nullptr) return SIMPLON_INVALID_ARGUMENT;
  if (capacity < SIMPLON_JA4_SIZE) return SIMPLON_BUFFER_TOO_SMALL;
  CallersSha256 callers = {sha256, context};
  const auto text = write_ja4(hello->view, CallersSha256::call, &callers, {buffer, capacity - 1});
  if (!text) return status_of(text.error());
  if (callers.failed) return SIMPLON_SHA256_FAILED;
  buffer[text->size()] = '\0';
  return SIMPLON_OK;
}

simplon_status simplon_policy_create(const simplon_bytes* names, size_t count, int32_t order, int32_t mismatch,
                                     simplon_policy** policy) {
  if (policy == nullptr) return SIMPLON_INVALID_ARGUMENT;
  *policy = nullptr;
  if (names == nullptr && count != 0) return SIMPLON_INVALID_ARGUMENT;
  constexpr std::array orders = {Order::server, Order::client};
  constexpr std::array mismatches = {Mismatch::reject, Mismatch::ignore, Mismatch::report};
  if (!std::in_range<std::size_t>(order) || static_cast<std::size_t>(order) >= orders.size() ||
      !std::in_range<std::size_t>(mismatch) || static_cast<std::size_t>(mismatch) >= mismatches.size()) {
    return SIMPLON_INVALID_ARGUMENT;
  }
  return without_exceptions([&] {
    return with_ids({names, count}, [&](std::span<const ProtocolIdView> ids) {
      return create_policy(ids, orders[static_cast<std::size_t>(order)], mismatches[static_cast<std::size_t>(mismatch)],
                           policy);
    });
  });
}

void simplon_policy_free(simplon_policy* policy) { delete policy; }

simplon_status simplon_policy_select(const simplon_policy* policy, const simplon_client_hello* hello,
                                     simplon_outcome* outcome) {
  if (policy == nullptr || hello == nullptr || outcome == nullptr) return SIMPLON_INVALID_ARGUMENT;
  *outcome = outcome_of(policy->policy.select(Offer(hello->view.alpn)));
  return SIMPLON_OK;
}

simplon_status simplon_policy_select_names(const simplon_policy* policy, const uint8_t* names, size_t size,
                                           simplon_outcome* outcome) {
  if (policy == nullptr || outcome == nullptr || (names == nullptr && size != 0)) return SIMPLON_INVALID_ARGUMENT;
  const auto offer = Offer::from_names(std::as_bytes(std::span{names, size}));
  if (!offer) return status_of(offer.error());
  *outcome = outcome_of(policy->policy.select(*offer));
  return SIMPLON_OK;
}

simplon_status simplon_offer_create(const simplon_bytes* names, size_t count, simplon_offer** offer) {
  if (offer == nullptr) return SIMPLON_INVALID_ARGUMENT;
  *offer = nullptr;
  if (names == nullptr && count != 0) return SIMPLON_INVALID_ARGUMENT;
  return without_exceptions([&] {
    return with_ids({names, count}, [&](std::span<const ProtocolIdView> ids) { return create_offer(ids, offer); });
  });
}

void simplon_offer_free(simplon_offer* offer) { delete offer; }

simplon_bytes simplon_offer_names(const simplon_offer* offer) {
  if (offer == nullptr) return {nullptr, 0};
  return bytes_of(as_text(offer->names.view().wire_names()));
}

simplon_status simplon_offer_check(const simplon_offer* offer, const uint8_t* body, size_t size,
                                   simplon_bytes* selected) {
  if (selected != nullptr) *selected = {nullptr, 0};
  if (selected == nullptr || (body == nullptr && size != 0)) return SIMPLON_INVALID_ARGUMENT;
  const auto extension = body == nullptr ? std::nullopt : std::optional(std::as_bytes(std::span{body, size}));
  const auto names = names_of(offer);
  const auto answer = require(check_answer(names, extension));
  if (!answer) return status_of(answer.error());
  // As it stands in the offer, for `body` is the caller's own again.
  *selected = bytes_of((*std::ranges::find(*names, *answer)).bytes());
  return SIMPLON_OK;
}

simplon_status simplon_offer_check_name(const simplon_offer* offer, const uint8_t* name, size_t size,
                                        simplon_bytes* selected) {
  if (selected != nullptr) *selected = {nullptr, 0};
  if (selected == nullptr || (name == nullptr && size != 0)) return SIMPLON_INVALID_ARGUMENT;
  if (size == 0) return status_of(WireError::answer_missing);
  const auto names = names_of(offer);
  if (!names) return status_of(WireError::answer_unasked);
  const auto id = ProtocolIdView::from(text_of({name, size}));
  if (!id) return status_of(id.error());
  const auto found = std::ranges::find(*names, *id);
  if (found == names->end()) return status_of(WireError::answer_not_offered);
  *selected = bytes_of((*found).bytes());
  return SIMPLON_OK;
}
