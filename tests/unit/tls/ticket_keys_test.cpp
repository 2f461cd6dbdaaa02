// Keys of session tickets: their file, their age, and what they open.
#include "tls/ticket_keys.hpp"

#include "support/temporary_folder.hpp"
#include "unit/tls/tls_pair.hpp"

#include <fstream>

namespace simplon::tls {

namespace {

using std::chrono::hours;

// 80 bytes in base64, told apart by `letter`.
std::string line(char letter) { return std::string(104, letter) + "AAA=\n"; }

class TicketKeyFile : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) const {
    const auto path = folder_.path() / "ticket.keys";
    std::filesystem::remove(path);
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  [[nodiscard]] CertificateError refusal(const std::string& text) const {
    const auto loaded = TicketKeys::load(write(text));
    EXPECT_FALSE(loaded);
    return loaded ? CertificateError{} : loaded.error();
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(TicketKeyFile, SealsWithTheFirstAndOpensWithAll) {
  const auto keys = TicketKeys::load(write("# first\n\n" + line('b') + "  " + line('c'))).value();
  const TicketKeys::Key first = keys->first();
  const auto found = keys->find(first.name);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->first);
  EXPECT_EQ(found->key.mac, first.mac);
  const auto second = TicketKeys::load(write(line('c'))).value()->first();
  ASSERT_TRUE(keys->find(second.name));
  EXPECT_FALSE(keys->find(second.name)->first);
  EXPECT_EQ(keys->find(second.name)->key.cipher, second.cipher);
  EXPECT_FALSE(keys->find(TicketKeys::load(write(line('d'))).value()->first().name));
}

TEST_F(TicketKeyFile, IsRefusedWithTheLineAndTheMeans) {
  using Code = CertificateError::Code;
  for (const std::string wrong : {"", "# nothing\n", "short\n", "not base64, not base64\n"}) {
    EXPECT_EQ(refusal(wrong).code, Code::broken_ticket_key) << wrong;
    EXPECT_NE(refusal(wrong).message.find("openssl rand 80 | base64 -w0"), std::string::npos) << wrong;
  }
  EXPECT_NE(refusal(line('b') + line('c').substr(4)).message.find("line 2 "), std::string::npos);
  std::string many;
  for (std::size_t i = 0; i <= TicketKeys::max_keys; ++i)
    many += line(static_cast<char>('a' + i));
  EXPECT_EQ(refusal(many).code, Code::broken_ticket_key);
  EXPECT_EQ(TicketKeys::load("/no/such/file").error().code, Code::missing_file);
}

TEST_F(TicketKeyFile, IsForItsOwnerAlone) {
  using std::filesystem::perms;
  for (const perms others : {perms::group_read, perms::others_read, perms::group_write, perms::others_exec}) {
    const auto path = write(line('b'));
    std::filesystem::permissions(path, others, std::filesystem::perm_options::add);
    const auto loaded = TicketKeys::load(path);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, CertificateError::Code::exposed_ticket_keys);
    EXPECT_NE(loaded.error().message.find("chmod 600 " + path.string()), std::string::npos);
  }
}

TEST(RandomTicketKeys, AreRenewedAndOpenForAPeriodMore) {
  const auto start = TicketKeys::Clock::now();
  TicketKeys keys(start);
  const auto first = keys.first(start).name;
  EXPECT_EQ(keys.first(start + hours(11)).name, first);
  const auto second = keys.first(start + hours(12)).name;
  EXPECT_NE(second, first);
  ASSERT_TRUE(keys.find(first, start + hours(23)));
  EXPECT_FALSE(keys.find(first, start + hours(23))->first);
  EXPECT_TRUE(keys.find(second, start + hours(23))->first);
  EXPECT_FALSE(keys.find(first, start + hours(24)));
  EXPECT_TRUE(keys.find(second, start + hours(24)));
}

TEST(RandomTicketKeys, AreAllStaleAfterALongSilence) {
  const auto start = TicketKeys::Clock::now();
  TicketKeys keys(start);
  const auto first = keys.first(start).name;
  EXPECT_FALSE(keys.find(first, start + hours(24)));
}

class SharedTicketKeys : public EveryVersion {
 protected:
  static std::shared_ptr<TicketKeys> keys(std::string_view letters) {
    std::vector<TicketKeys::Key> made;
    for (const char letter : letters) {
      TicketKeys::Key& key = made.emplace_back();
      key.name.fill(std::byte(letter));
      key.mac.fill(std::byte(letter));
      key.cipher.fill(std::byte(letter));
    }
    return std::make_shared<TicketKeys>(std::move(made));
  }
  test::Session begin(const std::shared_ptr<TicketKeys>& sealed_with) {
    TlsPair pair(make_store({certificate()}, {.ticket_keys = sealed_with}), options(), decided_on(options()));
    EXPECT_TRUE(pair.handshake()) << pair.server.error();
    EXPECT_TRUE(pair.echo("and every ticket"));
    return pair.client.session();
  }
  // The session after a connection that was to resume `session`; null where that was not resumed.
  test::Session resume(test::Session session, const std::shared_ptr<TicketKeys>& opened_with) {
    auto with_session = options();
    with_session.session = std::move(session);
    TlsPair pair(make_store({certificate()}, {.ticket_keys = opened_with}), with_session, decided_on(with_session));
    EXPECT_TRUE(pair.handshake()) << pair.server.error();
    EXPECT_TRUE(pair.echo("and every ticket"));
    return pair.client.resumed() ? pair.client.session() : nullptr;
  }

 private:
  static const Certificate& certificate() {
    static const Certificate made = make_certificate({"app.example.com"});
    return made;
  }
};

TEST_P(SharedTicketKeys, ResumeAnothersSessions) {
  EXPECT_TRUE(resume(begin(keys("a")), keys("a")));
  EXPECT_FALSE(resume(begin(keys("a")), keys("b")));
  EXPECT_FALSE(resume(begin(keys("a")), nullptr));
}

// RFC 8446 Appendix C.4.
TEST_P(SharedTicketKeys, AreUsedOnceForEachTicketOfTls13) {
  const auto session = begin(keys("a"));
  const auto next = resume(session, keys("a"));
  ASSERT_TRUE(next);
  std::array<const unsigned char*, 2> tickets{};
  std::array<std::size_t, 2> sizes{};
  SSL_SESSION_get0_ticket(session.get(), &tickets[0], &sizes[0]);
  SSL_SESSION_get0_ticket(next.get(), &tickets[1], &sizes[1]);
  const bool same = std::equal(tickets[0], tickets[0] + sizes[0], tickets[1], tickets[1] + sizes[1]);
  EXPECT_EQ(same, GetParam() == TLS1_2_VERSION);
}

// A key is taken out of use in two steps: first new tickets are no longer sealed with it, then it opens none.
TEST_P(SharedTicketKeys, AreReplacedWithoutAnySessionLost) {
  const auto renewed = resume(begin(keys("a")), keys("ba"));
  ASSERT_TRUE(renewed);
  EXPECT_TRUE(resume(renewed, keys("b")));
}

INSTANTIATE_TEST_SUITE_P(Tls, SharedTicketKeys, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
