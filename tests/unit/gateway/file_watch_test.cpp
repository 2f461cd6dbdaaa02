// Which files have changed, however they were changed.
#include "gateway/file_watch.hpp"

#include "support/stream_socket.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <poll.h>

namespace simplon::gateway {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

class Watched : public testing::Test {
 protected:
  Watched() {
    fs::create_directory(folder / "certs");
    write(file, "old");
  }
  // Whether the system tells, within a test's patience.
  static bool told(FileWatch& watch) {
    pollfd waiting{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(test::patience.count())) == 1 && watch.take_events();
  }
  const test::TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  const fs::path file = folder / "certs" / "chain.pem";
};

TEST_F(Watched, TellsOfWhatIsWritten) {
  FileWatch watch;
  watch.set({file});
  EXPECT_FALSE(watch.take_events());
  EXPECT_FALSE(watch.changed());
  write(file, "new and longer");
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
  EXPECT_FALSE(watch.changed());
}

TEST_F(Watched, TellsOfAnAtomicReplacement) {
  FileWatch watch;
  watch.set({file});
  write(folder / "fresh.pem", "new");
  fs::rename(folder / "fresh.pem", file);
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
}

// The way of certbot: live/NAME/fullchain.pem leads to ../../archive/NAME/fullchain1.pem.
TEST_F(Watched, TellsOfALinkThatLeadsElsewhere) {
  write(folder / "one.pem", "one");
  write(folder / "two.pem", "two");
  const fs::path link = folder / "certs" / "link.pem";
  fs::create_symlink("../one.pem", link);
  FileWatch watch;
  watch.set({link});
  fs::create_symlink("../two.pem", folder / "certs" / "next");
  fs::rename(folder / "certs" / "next", link);
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
  write(folder / "two.pem", "written behind the link");
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
}

// The way of Kubernetes: chain.pem leads to ..data/chain.pem, and ..data to another folder at each change.
TEST_F(Watched, TellsOfAFolderBehindALink) {
  const fs::path mount = folder / "mount";
  for (const std::string version : {"v1", "v2"}) {
    fs::create_directories(mount / version);
    write(mount / version / "chain.pem", version + version);
  }
  fs::create_symlink("v1", mount / "..data");
  fs::create_symlink("..data/chain.pem", mount / "chain.pem");
  FileWatch watch;
  watch.set({mount / "chain.pem"});
  fs::create_symlink("v2", mount / "next");
  fs::rename(mount / "next", mount / "..data");
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
}

TEST_F(Watched, TellsOfWhatComesAndGoesInAFolder) {
  FileWatch watch;
  watch.set({folder / "certs"});
  write(folder / "certs" / "other.crt.pem", "new");
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
  fs::remove(file);
  EXPECT_TRUE(told(watch));
  EXPECT_TRUE(watch.changed());
}

TEST_F(Watched, TakesNoNeighbourForChanged) {
  FileWatch watch;
  watch.set({file});
  write(folder / "certs" / "access.log", "a line");
  EXPECT_TRUE(told(watch));
  EXPECT_FALSE(watch.changed());
}

TEST_F(Watched, FindsAFileThatWasNotThereBefore) {
  const fs::path missing = folder / "later" / "chain.pem";
  FileWatch watch;
  watch.set({missing});
  fs::create_directory(missing.parent_path());
  write(missing, "here");
  EXPECT_TRUE(watch.changed());
}

}  // namespace
}  // namespace simplon::gateway
