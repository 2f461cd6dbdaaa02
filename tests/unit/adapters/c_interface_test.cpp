#include "simplon/alpn/error.hpp"
#include "support/hello_bytes.hpp"
#include "unit/hello/samples.hpp"
#include <simplon/simplon.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

struct Free {
  void operator()(simplon_client_hello* hello) const { simplon_client_hello_free(hello); }
  void operator()(simplon_policy* policy) const { simplon_policy_free(policy); }
  void operator()(simplon_offer* offer) const { simplon_offer_free(offer); }
};
using Hello = std::unique_ptr<simplon_client_hello, Free>;
using OwnPolicy = std::unique_ptr<simplon_policy, Free>;
using OwnOffer = std::unique_ptr<simplon_offer, Free>;

simplon_bytes bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string text(simplon_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

struct Read {
  simplon_status status;
  Hello hello;
  std::size_t more;
};

Read read(std::string_view stream) {
  simplon_client_hello* hello = nullptr;
  std::size_t more = 99;
  const auto status = simplon_client_hello_read(bytes(stream).data, stream.size(), &hello, &more);
  return {status, Hello(hello), more};
}

Hello hello(std::optional<std::string_view> server_name, const std::optional<std::vector<std::string>>& alpn) {
  return read(test::in_records(test::hello_for(server_name, alpn), 100)).hello;
}

OwnPolicy policy(const std::vector<std::string_view>& names, int32_t order = SIMPLON_ORDER_SERVER,
                 int32_t mismatch = SIMPLON_MISMATCH_REJECT) {
  std::vector<simplon_bytes> list;
  for (const std::string_view name : names)
    list.push_back(bytes(name));
  simplon_policy* made = nullptr;
  EXPECT_EQ(simplon_policy_create(list.data(), list.size(), order, mismatch, &made), SIMPLON_OK);
  return OwnPolicy(made);
}

OwnOffer offer(const std::vector<std::string_view>& names) {
  std::vector<simplon_bytes> list;
  for (const std::string_view name : names)
    list.push_back(bytes(name));
  simplon_offer* made = nullptr;
  EXPECT_EQ(simplon_offer_create(list.data(), list.size(), &made), SIMPLON_OK);
  return OwnOffer(made);
}

// Counts its calls in `*context`, and fails from the second on where that began at 100.
int32_t sha256(void* context, const uint8_t* input, size_t size, uint8_t* digest) {
  SHA256(input, size, digest);
  return ++*static_cast<int*>(context) > 101 ? 1 : 0;
}

TEST(CHello, TellsNameAndOffer) {
  const Hello ours = hello("WWW.Example.com.", {{"h2", std::string("a\0b", 3)}});
  EXPECT_EQ(text(simplon_client_hello_server_name(ours.get())), "www.example.com");
  ASSERT_EQ(simplon_client_hello_protocol_count(ours.get()), 2U);
  EXPECT_EQ(text(simplon_client_hello_protocol(ours.get(), 0)), "h2");
  EXPECT_EQ(text(simplon_client_hello_protocol(ours.get(), 1)), "a\0b"sv);
  EXPECT_EQ(simplon_client_hello_protocol(ours.get(), 2).data, nullptr);
}

TEST(CHello, TellsWhatIsNotThere) {
  const Hello ours = hello(std::nullopt, std::nullopt);
  EXPECT_EQ(simplon_client_hello_server_name(ours.get()).data, nullptr);
  EXPECT_EQ(simplon_client_hello_protocol_count(ours.get()), 0U);
  EXPECT_EQ(simplon_client_hello_protocol(ours.get(), 0).data, nullptr);
}

TEST(CHello, TakesAnIpAddressForNoServerName) {  // RFC 6066 §3
  EXPECT_EQ(simplon_client_hello_server_name(hello("192.0.2.1", std::nullopt).get()).data, nullptr);
}

TEST(CHello, AsksForMoreUntilItIsWhole) {
  const std::string stream = test::in_records(test::hello_for("example.com", {{"h2"}}), 50);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    const Read part = read(std::string_view(stream).substr(0, size));
    ASSERT_EQ(part.status, SIMPLON_NEED_MORE) << size;
    EXPECT_EQ(part.hello, nullptr);
    EXPECT_GE(part.more, 1U);
    EXPECT_LE(size + part.more, stream.size());
  }
  const Read whole = read(stream + "what follows");
  EXPECT_EQ(whole.status, SIMPLON_OK);
  EXPECT_EQ(whole.more, 0U);
}

TEST(CHello, OwnsItsBytes) {
  std::string stream = test::in_records(test::hello_for("example.com", {{"h2"}}));
  const Read whole = read(stream);
  stream.assign(stream.size(), 'x');
  EXPECT_EQ(text(simplon_client_hello_server_name(whole.hello.get())), "example.com");
  EXPECT_EQ(text(simplon_client_hello_protocol(whole.hello.get(), 0)), "h2");
}

TEST(CHello, SaysWhatIsWrong) {
  struct Row {
    std::string stream;
    simplon_status status;
    int32_t alert;
  };
  const auto with_alpn = [](std::string_view body) {
    return test::in_records(test::hello_for("a.example", std::nullopt).extension(16, as_bytes(body)));
  };
  auto twice = test::hello_for("a.example", {{"h2"}});
  twice.repeat_extension(16, as_bytes("\x00\x03\x02h2"sv));
  const Row rows[] = {
      {"GET / HTTP/1.1\r\n", SIMPLON_NOT_TLS, -1},
      {std::string("\x15\x03\x01\x00\x02\x02\x28", 7), SIMPLON_ALERT_RECEIVED, -1},
      {std::string("\x16\x03\x01\x00\x00", 5), SIMPLON_EMPTY_RECORD, 10},
      {std::string("\x16\x03\x01\x40\x01", 5), SIMPLON_RECORD_TOO_LONG, 22},
      {std::string("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9), SIMPLON_NOT_CLIENT_HELLO, 10},
      {std::string("\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9), SIMPLON_HELLO_TOO_LARGE, 50},
      {std::string("\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9), SIMPLON_MALFORMED_HELLO, 50},
      {with_alpn("\x00\x00"sv), SIMPLON_EMPTY_LIST, 50},
      {with_alpn("\x00\x04\x02h2"sv), SIMPLON_LIST_LENGTH, 50},
      {with_alpn("\x00\x01\x00"sv), SIMPLON_EMPTY_NAME, 50},
      {with_alpn("\x00\x03\x03h2"sv), SIMPLON_TRUNCATED_NAME, 50},
      {test::in_records(twice), SIMPLON_DUPLICATE_EXTENSION, 47},
  };
  for (const Row& row : rows) {
    const Read result = read(row.stream);
    EXPECT_EQ(result.status, row.status) << simplon_describe(result.status);
    EXPECT_EQ(result.hello, nullptr);
    EXPECT_EQ(simplon_alert_of(result.status), row.alert) << simplon_describe(result.status);
  }
}

TEST(CHello, WritesJa4Raw) {
  const auto stream = test::real_hello("openssl");
  const Read whole = read(as_text(stream));
  ASSERT_EQ(whole.status, SIMPLON_OK);
  std::vector<char> buffer(SIMPLON_JA4_RAW_SIZE);
  ASSERT_EQ(simplon_client_hello_ja4_raw(whole.hello.get(), buffer.data(), buffer.size()), SIMPLON_OK);
  const std::string raw = buffer.data();
  EXPECT_TRUE(raw.starts_with("t13d")) << raw;
  // It fits exactly, with its zero; one byte less is too small, and nothing beyond is written.
  buffer.assign(buffer.size(), 'x');
  EXPECT_EQ(simplon_client_hello_ja4_raw(whole.hello.get(), buffer.data(), raw.size()), SIMPLON_BUFFER_TOO_SMALL);
  EXPECT_EQ(buffer[raw.size()], 'x');
  EXPECT_EQ(simplon_client_hello_ja4_raw(whole.hello.get(), buffer.data(), raw.size() + 1), SIMPLON_OK);
  EXPECT_EQ(buffer.data(), raw);
  EXPECT_EQ(buffer[raw.size() + 1], 'x');
  EXPECT_EQ(simplon_client_hello_ja4_raw(whole.hello.get(), buffer.data(), 0), SIMPLON_BUFFER_TOO_SMALL);
}

TEST(CHello, WritesJa4WithTheCallersSha256) {
  const auto stream = test::real_hello("curl");
  const Read whole = read(as_text(stream));
  char buffer[SIMPLON_JA4_SIZE + 1];
  buffer[SIMPLON_JA4_SIZE] = 'x';
  int calls = 0;
  ASSERT_EQ(simplon_client_hello_ja4(whole.hello.get(), sha256, &calls, buffer, SIMPLON_JA4_SIZE), SIMPLON_OK);
  EXPECT_STREQ(buffer, "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6");
  EXPECT_EQ(buffer[SIMPLON_JA4_SIZE], 'x');
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(simplon_client_hello_ja4(whole.hello.get(), sha256, &calls, buffer, SIMPLON_JA4_SIZE - 1),
            SIMPLON_BUFFER_TOO_SMALL);
  EXPECT_EQ(simplon_client_hello_ja4(whole.hello.get(), sha256, &calls, buffer, 0), SIMPLON_BUFFER_TOO_SMALL);
}

TEST(CHello, PassesOnThatTheCallersSha256Failed) {
  const auto stream = test::real_hello("curl");
  const Read whole = read(as_text(stream));
  char buffer[SIMPLON_JA4_SIZE];
  int calls = 100;
  EXPECT_EQ(simplon_client_hello_ja4(whole.hello.get(), sha256, &calls, buffer, sizeof buffer), SIMPLON_SHA256_FAILED);
  EXPECT_EQ(calls, 102);
}

TEST(CPolicy, SelectsByItsOrder) {  // RFC 7301 §3.2
  const Hello client = hello("a.example", {{"http/1.1", "h2"}});
  for (const int32_t order : {SIMPLON_ORDER_SERVER, SIMPLON_ORDER_CLIENT}) {
    const OwnPolicy server = policy({"h2", "http/1.1"}, order);
    simplon_outcome outcome = {};
    ASSERT_EQ(simplon_policy_select(server.get(), client.get(), &outcome), SIMPLON_OK);
    EXPECT_EQ(outcome.verdict, SIMPLON_SELECTED);
    EXPECT_EQ(text(outcome.selected), order == SIMPLON_ORDER_SERVER ? "h2" : "http/1.1");
    EXPECT_EQ(outcome.alert, -1);
    EXPECT_EQ(outcome.mismatch, 0);
    EXPECT_STREQ(outcome.section, "RFC 7301 §3.2");
  }
}

TEST(CPolicy, TreatsAMismatchAsTold) {
  const Hello client = hello("a.example", {{"h3"}});
  for (const int32_t mismatch : {SIMPLON_MISMATCH_REJECT, SIMPLON_MISMATCH_IGNORE, SIMPLON_MISMATCH_REPORT}) {
    const OwnPolicy server = policy({"h2"}, SIMPLON_ORDER_SERVER, mismatch);
    simplon_outcome outcome = {};
    ASSERT_EQ(simplon_policy_select(server.get(), client.get(), &outcome), SIMPLON_OK);
    const bool rejects = mismatch == SIMPLON_MISMATCH_REJECT;
    EXPECT_EQ(outcome.verdict, rejects ? SIMPLON_REJECTED : SIMPLON_DECLINED);
    EXPECT_EQ(outcome.alert, rejects ? 120 : -1);
    EXPECT_EQ(outcome.would_reject, mismatch == SIMPLON_MISMATCH_REPORT ? 1 : 0);
    EXPECT_EQ(outcome.mismatch, 1);
    EXPECT_EQ(outcome.selected.data, nullptr);
  }
}

TEST(CPolicy, DeclinesAClientWithoutAlpn) {
  simplon_outcome outcome = {};
  ASSERT_EQ(simplon_policy_select(policy({"h2"}).get(), hello("a.example", std::nullopt).get(), &outcome), SIMPLON_OK);
  EXPECT_EQ(outcome.verdict, SIMPLON_DECLINED);
  EXPECT_EQ(outcome.mismatch, 0);
}

TEST(CPolicy, TakesTheNamesOfACallback) {
  const OwnPolicy server = policy({"h2"});
  simplon_outcome outcome = {};
  const auto names = bytes("\x08http/1.1\x02h2"sv);
  ASSERT_EQ(simplon_policy_select_names(server.get(), names.data, names.size, &outcome), SIMPLON_OK);
  EXPECT_EQ(text(outcome.selected), "h2");
  EXPECT_EQ(simplon_policy_select_names(server.get(), nullptr, 0, &outcome), SIMPLON_EMPTY_LIST);
  EXPECT_EQ(simplon_policy_select_names(server.get(), names.data, names.size - 1, &outcome), SIMPLON_TRUNCATED_NAME);
  EXPECT_EQ(text(outcome.selected), "h2");  // written with SIMPLON_OK only
}

TEST(CPolicy, RefusesListsThatNoServerHas) {
  struct Row {
    std::vector<std::string> names;
    simplon_status status;
  };
  const Row rows[] = {
      {{}, SIMPLON_EMPTY_LIST},
      {{"h2", ""}, SIMPLON_EMPTY_NAME},
      {{std::string(256, 'a')}, SIMPLON_NAME_TOO_LONG},
      {{"h2", "h2"}, SIMPLON_DUPLICATE_NAME},
      {{"h2c"}, SIMPLON_H2C_OFFERED},
  };
  for (const Row& row : rows) {
    std::vector<simplon_bytes> list;
    for (const std::string& name : row.names)
      list.push_back(bytes(name));
    simplon_policy* made = nullptr;
    EXPECT_EQ(simplon_policy_create(list.data(), list.size(), SIMPLON_ORDER_SERVER, SIMPLON_MISMATCH_REJECT, &made),
              row.status);
    EXPECT_EQ(made, nullptr);
  }
}

TEST(COffer, IsGivenAsTlsLibrariesTakeIt) {
  EXPECT_EQ(text(simplon_offer_names(offer({"h2", "http/1.1"}).get())), "\x02h2\x08http/1.1");
}

TEST(COffer, RefusesListsThatNoClientMayOffer) {
  struct Row {
    std::vector<std::string> names;
    simplon_status status;
  };
  const Row rows[] = {
      {{}, SIMPLON_EMPTY_LIST},
      {{"h2", ""}, SIMPLON_EMPTY_NAME},
      {{std::string(256, 'a')}, SIMPLON_NAME_TOO_LONG},
      {{"h2", "h2"}, SIMPLON_DUPLICATE_NAME},
      {{"h2c"}, SIMPLON_H2C_OFFERED},
  };
  for (const Row& row : rows) {
    std::vector<simplon_bytes> list;
    for (const std::string& name : row.names)
      list.push_back(bytes(name));
    simplon_offer* made = nullptr;
    EXPECT_EQ(simplon_offer_create(list.data(), list.size(), &made), row.status);
    EXPECT_EQ(made, nullptr);
  }
}

TEST(COffer, JudgesTheBodyOfAnAnswer) {  // RFC 7301 §3.1
  struct Row {
    std::string_view body;
    simplon_status status;
    int32_t alert;
  };
  const Row rows[] = {
      {"\x00\x03\x02h2"sv, SIMPLON_OK, -1},
      {"\x00\x03\x02h3"sv, SIMPLON_ANSWER_NOT_OFFERED, 47},
      {"\x00\x03\x02H2"sv, SIMPLON_ANSWER_NOT_OFFERED, 47},
      {"\x00\x0c\x02h2\x08http/1.1"sv, SIMPLON_ANSWER_NOT_SINGLE, 50},
      {"\x00\x00"sv, SIMPLON_EMPTY_LIST, 50},
      {"\x00\x01\x00"sv, SIMPLON_EMPTY_NAME, 50},
      {"\x00\x03\x03h2"sv, SIMPLON_TRUNCATED_NAME, 50},
      {"\x00\x04\x02h2"sv, SIMPLON_LIST_LENGTH, 50},
      {""sv, SIMPLON_LIST_LENGTH, 50},
      {std::string_view(), SIMPLON_ANSWER_MISSING, 120},
  };
  const OwnOffer ours = offer({"h2", "http/1.1"});
  for (const Row& row : rows) {
    simplon_bytes selected = bytes("before");
    const auto body = bytes(row.body);
    const auto status = simplon_offer_check(ours.get(), body.data, body.size, &selected);
    EXPECT_EQ(status, row.status) << simplon_describe(status);
    EXPECT_EQ(simplon_alert_of(status), row.alert) << simplon_describe(status);
    EXPECT_EQ(text(selected), status == SIMPLON_OK ? "h2" : "");
  }
}

TEST(COffer, JudgesTheNameThatATlsLibraryGives) {
  struct Row {
    std::string name;
    simplon_status status;
  };
  const Row rows[] = {
      {"http/1.1", SIMPLON_OK},
      {"h3", SIMPLON_ANSWER_NOT_OFFERED},
      {std::string(256, 'a'), SIMPLON_NAME_TOO_LONG},
      {"", SIMPLON_ANSWER_MISSING},
  };
  const OwnOffer ours = offer({"h2", "http/1.1"});
  for (const Row& row : rows) {
    simplon_bytes selected = bytes("before");
    const auto name = bytes(row.name);
    EXPECT_EQ(simplon_offer_check_name(ours.get(), name.data, name.size, &selected), row.status);
    EXPECT_EQ(text(selected), row.status == SIMPLON_OK ? row.name : "");
  }
  simplon_bytes selected = {};
  EXPECT_EQ(simplon_offer_check_name(ours.get(), nullptr, 0, &selected), SIMPLON_ANSWER_MISSING);
}

TEST(COffer, RefusesAnAnswerWhereNothingWasOffered) {  // RFC 8446 §4.2
  struct Row {
    std::string_view answer;
    simplon_status by_body;
    simplon_status by_name;
  };
  const Row rows[] = {
      {"\x00\x03\x02h2"sv, SIMPLON_ANSWER_UNASKED, SIMPLON_ANSWER_UNASKED},
      {""sv, SIMPLON_ANSWER_UNASKED, SIMPLON_ANSWER_MISSING},
      {std::string_view(), SIMPLON_ANSWER_MISSING, SIMPLON_ANSWER_MISSING},
  };
  for (const Row& row : rows) {
    const auto answer = bytes(row.answer);
    simplon_bytes selected = bytes("before");
    EXPECT_EQ(simplon_offer_check(nullptr, answer.data, answer.size, &selected), row.by_body);
    EXPECT_EQ(selected.data, nullptr);
    selected = bytes("before");
    EXPECT_EQ(simplon_offer_check_name(nullptr, answer.data, answer.size, &selected), row.by_name);
    EXPECT_EQ(selected.data, nullptr);
  }
  EXPECT_EQ(simplon_alert_of(SIMPLON_ANSWER_UNASKED), 110);
}

TEST(COffer, SelectsFromItsOwnBytes) {
  const OwnOffer ours = offer({"h2"});
  std::string body("\x00\x03\x02h2", 5);
  simplon_bytes by_body = {};
  simplon_bytes by_name = {};
  ASSERT_EQ(simplon_offer_check(ours.get(), bytes(body).data, body.size(), &by_body), SIMPLON_OK);
  ASSERT_EQ(simplon_offer_check_name(ours.get(), bytes(body).data + 3, 2, &by_name), SIMPLON_OK);
  body.assign(body.size(), 'x');
  EXPECT_EQ(text(by_body), "h2");
  EXPECT_EQ(text(by_name), "h2");
}

TEST(CInterface, RefusesNullAndUnknownValues) {
  const simplon_bytes h2 = bytes("h2");
  const simplon_bytes nothing = {nullptr, 2};
  simplon_policy* made = nullptr;
  simplon_client_hello* none = nullptr;
  simplon_outcome outcome = {};
  char buffer[8];
  for (const int32_t wrong : {-1, 3}) {
    EXPECT_EQ(simplon_policy_create(&h2, 1, wrong, SIMPLON_MISMATCH_REJECT, &made), SIMPLON_INVALID_ARGUMENT);
    EXPECT_EQ(simplon_policy_create(&h2, 1, SIMPLON_ORDER_SERVER, wrong, &made), SIMPLON_INVALID_ARGUMENT);
  }
  EXPECT_EQ(simplon_policy_create(&nothing, 1, 0, 0, &made), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_policy_create(nullptr, 1, 0, 0, &made), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_policy_create(&h2, 1, 0, 0, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_policy_select(nullptr, nullptr, &outcome), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_client_hello_read(nullptr, 5, &none, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_client_hello_read(h2.data, 2, nullptr, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_client_hello_read(nullptr, 0, &none, nullptr), SIMPLON_NEED_MORE);
  EXPECT_EQ(simplon_client_hello_ja4_raw(nullptr, buffer, sizeof buffer), SIMPLON_INVALID_ARGUMENT);
  const Hello ours = hello("a.example", {{"h2"}});
  EXPECT_EQ(simplon_client_hello_ja4(ours.get(), nullptr, nullptr, buffer, sizeof buffer), SIMPLON_INVALID_ARGUMENT);
  simplon_offer* no_offer = nullptr;
  simplon_bytes selected = h2;
  EXPECT_EQ(simplon_offer_create(&nothing, 1, &no_offer), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_create(nullptr, 1, &no_offer), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_create(&h2, 1, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_names(nullptr).data, nullptr);
  EXPECT_EQ(simplon_offer_check(nullptr, nullptr, 2, &selected), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(selected.data, nullptr);
  EXPECT_EQ(simplon_offer_check(nullptr, nullptr, 0, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_check_name(nullptr, h2.data, 2, nullptr), SIMPLON_INVALID_ARGUMENT);
  const OwnOffer offers_h2 = offer({"h2"});
  EXPECT_EQ(simplon_offer_check(offers_h2.get(), nullptr, 2, &selected), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_check(offers_h2.get(), h2.data, 2, nullptr), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_check_name(offers_h2.get(), nullptr, 2, &selected), SIMPLON_INVALID_ARGUMENT);
  EXPECT_EQ(simplon_offer_check_name(offers_h2.get(), h2.data, 2, nullptr), SIMPLON_INVALID_ARGUMENT);
  simplon_client_hello_free(nullptr);
  simplon_policy_free(nullptr);
  simplon_offer_free(nullptr);
}

TEST(CInterface, DescribesEveryStatusInALine) {
  for (simplon_status status = 0; status < 200; ++status) {
    const std::string_view line = simplon_describe(status);
    EXPECT_FALSE(line.empty() || line.contains('\n')) << status;
  }
  EXPECT_STREQ(simplon_describe(SIMPLON_NOT_TLS), "not a TLS record");
  EXPECT_STREQ(simplon_describe(77), "no status of this library");
  EXPECT_EQ(simplon_alert_of(SIMPLON_OK), -1);
}

}  // namespace
}  // namespace simplon
