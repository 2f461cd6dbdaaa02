// HTTP typed at a TLS port: a sentence that helps a person, where a person may be; else nothing.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"

#include <gtest/gtest.h>

namespace simplon {

namespace {

std::string inspector() {
  return std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\ninspect = true\n";
}

class PlainHttp : public testing::Test {
 protected:
  test::Received ask(const std::string& request) {
    test::StreamSocket client = gateway.connect();
    client.send(request);
    return client.read_to_end();
  }
  test::RunningGateway gateway{inspector()};
};

TEST_F(PlainHttp, IsAnsweredWithTheUrl) {
  const test::Received answer = ask("GET /page HTTP/1.1\r\nHost: app.example.com:8443\r\n\r\n");
  EXPECT_EQ(answer.bytes.substr(0, 25), "HTTP/1.1 400 Bad Request\r");
  EXPECT_NE(answer.bytes.find("https://app.example.com:8443/"), std::string::npos) << answer.bytes;
  EXPECT_NE(answer.bytes.find("Connection: close"), std::string::npos) << answer.bytes;
  EXPECT_EQ(answer.end, test::StreamEnd::finished);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.verdict, record::Verdict::rejected);
  EXPECT_EQ(name_of(record.reason), "plain_http");
  EXPECT_FALSE(record.alert);
}

TEST_F(PlainHttp, IsRecognisedByEveryMethod) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"}) {
    SCOPED_TRACE(method);
    EXPECT_EQ(ask(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n").bytes.substr(0, 12), "HTTP/1.1 400");
  }
}

// RFC 9113 §3.4: with prior knowledge HTTP/2 starts like this.
TEST_F(PlainHttp, IsRecognisedByThePreface) {
  EXPECT_EQ(ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").bytes.substr(0, 12), "HTTP/1.1 400");
}

// What a client says of itself is repeated only where it is a host and a port, nothing else.
TEST_F(PlainHttp, DoesNotReflectAHostileHost) {
  const std::string own = "https://127.0.0.1:" + std::to_string(gateway.port()) + "/";
  for (const std::string host :
       {"<script>alert(1)</script>", "a\"b", "a b", "a/b", "a%0d%0a", "user@evil.example", "\xff\xfe", "a'b", ""}) {
    SCOPED_TRACE(host);
    const std::string answer = ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").bytes;
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 400");
    EXPECT_NE(answer.find(own), std::string::npos) << answer;
    EXPECT_TRUE(host.empty() || answer.find(host) == std::string::npos) << answer;
  }
  const std::string answer = ask("GET / HTTP/1.1\r\nHost: " + std::string(5000, 'a') + "\r\n\r\n").bytes;
  EXPECT_NE(answer.find(own), std::string::npos) << answer.size();
}

TEST_F(PlainHttp, IsAnsweredThoughTheClientGoesOnWriting) {
  const test::Received answer =
      ask("POST / HTTP/1.1\r\nHost: app.example.com\r\nContent-Length: 50000\r\n\r\n" + std::string(50000, 'b'));
  EXPECT_NE(answer.bytes.find("https://app.example.com/"), std::string::npos);
  EXPECT_EQ(answer.end, test::StreamEnd::finished);
}

TEST_F(PlainHttp, IsAnsweredByteByByte) {
  test::StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send_apart({"G", "E", "T", " "}));
  EXPECT_EQ(client.read_to_end().bytes.substr(0, 12), "HTTP/1.1 400");
}

TEST_F(PlainHttp, IsNoMethodThatIsNone) {
  for (const char* text : {"GOT / HTTP/1.1\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "EHLO example.com\r\n", "\r\n"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ask(text).bytes, "");
    EXPECT_EQ(name_of(gateway.next_record().reason), "not_tls");
  }
}

// Where no browser is expected nobody would read it.
TEST(PlainHttpElsewhere, IsClosedWithoutAWord) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(std::string(test::listen_table) + "[[route]]\npass = \"" + backend.address() + "\"\n");
  test::StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
  EXPECT_EQ(client.read_to_end().bytes, "");
  EXPECT_EQ(name_of(gateway.next_record().reason), "not_tls");
  EXPECT_EQ(backend.dialled(), 0U);
}

// A route counts for the listeners that it is on.
TEST(PlainHttpElsewhere, IsAMatterOfTheListener) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(
      "[[listen]]\nname = \"web\"\naddress = \"127.0.0.1:0\"\n[[listen]]\nname = \"other\"\naddress = "
      "\"127.0.0.1:0\"\n" +
      std::string(test::certificate_table) + "[[route]]\nlisten = \"web\"\ninspect = true\n" +
      "[[route]]\nlisten = \"other\"\npass = \"" + backend.address() + "\"\n");
  test::StreamSocket web = test::StreamSocket::connect(gateway.port(0));
  test::StreamSocket other = test::StreamSocket::connect(gateway.port(1));
  ASSERT_TRUE(web.send("GET / HTTP/1.0\r\n\r\n") && other.send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(web.read_to_end().bytes.substr(0, 12), "HTTP/1.1 400");
  EXPECT_EQ(other.read_to_end().bytes, "");
}

}  // namespace

}  // namespace simplon
