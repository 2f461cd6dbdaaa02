// The token of the admin server: where it comes from, and whom it lets in.
#include "admin/token.hpp"

#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view secret = "0123456789abcdef-._~+/=";

TEST(AdminToken, AdmitsWhoShowsIt) {
  const Token token(secret);
  const std::string shown = "Bearer " + std::string(secret);
  EXPECT_TRUE(token.admits(shown));
  EXPECT_TRUE(token.admits("bearer  " + std::string(secret) + " "));  // RFC 9110 §11.4: one space or more
  const std::vector<std::string> others = {std::string(secret),
                                           "Basic " + std::string(secret),
                                           "Bearer",
                                           "Bearer ",
                                           shown + "x",
                                           shown.substr(0, shown.size() - 1),
                                           "Bearer 0123456789ABCDEF-._~+/=",
                                           "",
                                           "Bearer" + std::string(secret)};
  for (const std::string& wrong : others)
    EXPECT_FALSE(token.admits(wrong)) << wrong;
  EXPECT_FALSE(token.admits(std::nullopt));
}

struct AdminTokenFile : testing::Test {
  [[nodiscard]] auto load(std::string_view text, std::filesystem::perms mode = std::filesystem::perms(0600)) const {
    std::ofstream(path) << text;
    std::filesystem::permissions(path, mode);
    return Token::load(settings);
  }
  void expect_refused(std::string_view text, const std::string& why, unsigned mode = 0600) const {
    const auto loaded = load(text, std::filesystem::perms(mode));
    ASSERT_FALSE(loaded) << text;
    EXPECT_THAT(config::to_text(loaded.error()), HasSubstr("simplon.toml:3:14: `token_file`: " + path.string() + ": "));
    EXPECT_THAT(loaded.error().message, HasSubstr(why));
    if (!text.empty()) {
      EXPECT_THAT(loaded.error().message, Not(HasSubstr(std::string(text))));
    }
  }

  test::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "token";
  config::AdminSettings settings{
      .address = {}, .token_file = path, .token_position = {.file = "simplon.toml", .line = 3, .column = 14}};
};

TEST_F(AdminTokenFile, HoldsOneLine) {
  for (const std::string end : {"", "\n", "\r\n"}) {
    const auto loaded = load(std::string(secret) + end, std::filesystem::perms(end.empty() ? 0640 : 0600));
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_TRUE((*loaded)->admits("Bearer " + std::string(secret)));
  }
}

TEST_F(AdminTokenFile, IsKeptFromOthers) {
  for (const unsigned mode : {0604U, 0644U, 0602U, 0601U, 0666U})
    expect_refused(secret, "others than its owner and group have access to it", mode);
}

TEST_F(AdminTokenFile, HoldsATokenThatCannotBeGuessed) {
  expect_refused("", "this one has 0");
  expect_refused("\n", "this one has 0");
  expect_refused("fifteen-letters", "this one has 15: make one with openssl rand -hex 32");
  expect_refused(std::string(4097, 'x'), "to 4096 characters");
  expect_refused("two lines of it\nare no token", "one line of letters");
  expect_refused("sixteen-letters-\xff", "one line of letters");
}

TEST_F(AdminTokenFile, IsAFile) {
  EXPECT_THAT(Token::load(settings).error().message, HasSubstr("No such file"));
  std::filesystem::create_directory(path);
  EXPECT_THAT(Token::load(settings).error().message, HasSubstr("is no file"));
}

TEST(AdminTokenSettings, NameNoneWhereNoneIsWanted) { EXPECT_FALSE(Token::load({})->has_value()); }

}  // namespace
}  // namespace simplon::admin
