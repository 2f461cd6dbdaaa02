#include "running.hpp"

#include <nlohmann/json.hpp>

namespace simplon::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Explain : public testing::Test {
 protected:
  [[nodiscard]] Outcome explain(const std::vector<std::string>& options) const {
    std::vector<std::string> arguments{"explain", "-c", file_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }

  [[nodiscard]] json explain_json(std::vector<std::string> options) const {
    options.emplace_back("--json");
    return json::parse(explain(options).out);
  }

  Folder folder_;
  std::string file_ = folder_.write("simplon.toml", three_routes);
};

TEST_F(Explain, TellsTheWinnerAndEveryFate) {
  const Outcome outcome = explain({"--sni", "A.example.", "--alpn", "http/1.1,h2"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(outcome.out,
            "listener  public (127.0.0.1:8443)\n"
            "sni       a.example\n"
            "alpn      http/1.1,h2\n"
            "tls       1.3\n"
            "answer    route 1 wins (pass, " +
                file_ +
                ":8:1); the backend selects the protocol\n"
                "\n"
                "* 1  pass    " +
                file_ +
                ":8:1   wins\n"
                "  2  reject  " +
                file_ +
                ":12:1  its server names do not fit\n"
                "  3  pass    " +
                file_ + ":17:1  belongs to another listener\n");
}

TEST_F(Explain, TellsTheAlertWhereNothingIsInCommon) {
  const Outcome outcome = explain({"--sni", "a.example", "--alpn", "smtp"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("refused with fatal alert 120 (no_application_protocol), RFC 7301 §3.2\n"),
                                 HasSubstr("reason    no_common_protocol: ")));
}

TEST_F(Explain, TellsTheAlertForEveryRefusal) {
  EXPECT_EQ(explain_json({"--sni", "a.example"})["refusal"]["reason"], "no_alpn_offered");
  EXPECT_EQ(explain_json({"--sni", "c.example", "--alpn", "h2"})["refusal"]["alert"], 112);
  EXPECT_EQ(explain_json({"--alpn", "h2"})["refusal"]["alert"], 109);
  EXPECT_EQ(explain_json({"--sni", "b.example", "--alpn", "x"})["refusal"]["reason"], "reject_route");
}

TEST_F(Explain, CountsAnAddressAsNoServerName) {
  const Outcome outcome = explain({"--sni", "192.0.2.1", "--alpn", "h2"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("sni       none sent\n"), HasSubstr("\"192.0.2.1\" is no host name"),
                                 HasSubstr("fatal alert 109 (missing_extension), RFC 8446 §9.2")));
}

TEST_F(Explain, AsksAboutAnotherListener) {
  const json answer = explain_json({"--listener", "lenient", "--alpn", "smtp"});
  EXPECT_EQ(answer["listener"], "lenient");
  EXPECT_EQ(answer["route"], 3);
  EXPECT_EQ(answer["would_reject"], true);
  EXPECT_THAT(explain({"--listener", "lenient", "--alpn", "smtp"}).out, HasSubstr("logs it as would_reject"));
}

TEST_F(Explain, DoesNotKnowAListener) {
  const Outcome outcome = explain({"--listener", "publik"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--listener: no listener has the name \"publik\"; did you mean \"public\"?"));
}

TEST_F(Explain, TakesNamesInTextForm) {
  EXPECT_EQ(explain_json({"--alpn", "a%2cb,h2"})["offered"], json({"a%2Cb", "h2"}));
  EXPECT_EQ(explain({"--alpn", "a b"}).status, 2);
  EXPECT_EQ(explain({"--alpn", "h2,"}).status, 2);
  EXPECT_EQ(explain({"--alpn", ""}).status, 2);
}

TEST_F(Explain, TakesTls12And13) {
  const Folder folder;
  const std::string file =
      folder.write("simplon.toml", "[[listen]]\naddress = \":1\"\n[[route]]\nmin_tls = \"1.3\"\npass = \"a:1\"\n");
  EXPECT_EQ(run({"explain", "-c", file, "--tls", "1.3"}).status, 0);
  const Outcome old = run({"explain", "-c", file, "--tls", "1.2"});
  EXPECT_EQ(old.status, 1);
  EXPECT_THAT(old.out, HasSubstr("fatal alert 70 (protocol_version)"));
  EXPECT_EQ(run({"explain", "-c", file, "--tls", "1.1"}).status, 2);
}

TEST_F(Explain, TellsWhatIsSelected) {
  const Folder folder;
  const std::string file =
      folder.write("simplon.toml",
                   "[[listen]]\naddress = \":1\"\n[[certificate]]\ndir = \"d\"\n[[route]]\n"
                   "inspect = true\n[[route]]\nsni = \"a\"\ninspect = true\nalpn = \"http/1.1\"\n");
  const Outcome outcome = run({"explain", "-c", file, "--sni", "a", "--alpn", "http/1.1,h2"});
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("; h2 is selected\n"), HasSubstr("wins, selecting h2\n"),
                                 HasSubstr("another route comes first (it would select http/1.1)\n")));
}

TEST_F(Explain, KnowsRoutesOfHttp) {
  const Folder folder;
  const std::string file =
      folder.write("simplon.toml",
                   "[[listen]]\naddress = \":1\"\n[[certificate]]\ndir = \"d\"\n[[route]]\nsni = \"a\"\n"
                   "http = \"http://127.0.0.1:3000\"\n[[route]]\nhttp = \"h2c://127.0.0.1:3001\"\nalpn = \"h2\"\n");
  const Outcome both = run({"explain", "-c", file, "--sni", "a", "--alpn", "http/1.1,h2"});
  EXPECT_EQ(both.status, 0);
  EXPECT_THAT(both.out, AllOf(HasSubstr("route 1 wins (http, " + file + ":5:1); h2 is selected\n"),
                              HasSubstr("* 1  http  " + file + ":5:1  wins, selecting h2\n"),
                              HasSubstr("  2  http  " + file + ":8:1  would match too")));
  const Outcome none = run({"explain", "-c", file, "--sni", "a"});
  EXPECT_EQ(none.status, 0);
  EXPECT_THAT(none.out, HasSubstr("the handshake completes without an ALPN answer and http/1.1 is spoken\n"));
  EXPECT_EQ(run({"explain", "-c", file, "--sni", "b", "--alpn", "http/1.1"}).status, 1);
  EXPECT_EQ(json::parse(run({"explain", "-c", file, "--sni", "b", "--alpn", "h2", "--json"}).out)["action"], "http");
}

TEST_F(Explain, LooksAtListenersThatHaveRoutes) {
  const Folder folder;
  const std::string file = folder.write("simplon.toml",
                                        "[[listen]]\nname = \"plain\"\naddress = \":80\"\nredirect = true\n"
                                        "[[listen]]\nname = \"tls\"\naddress = \":443\"\n[[route]]\npass = \"a:1\"\n");
  EXPECT_EQ(json::parse(run({"explain", "-c", file, "--alpn", "h2", "--json"}).out)["listener"], "tls");
  const Outcome outcome = run({"explain", "-c", file, "--listener", "plain"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--listener: the listener \"plain\" answers redirects only"));
}

TEST_F(Explain, PrintsOneObject) {
  const json answer = explain_json({"--sni", "a.example", "--alpn", "h2"});
  EXPECT_EQ(answer["listener"], "public");
  EXPECT_EQ(answer["sni"], "a.example");
  EXPECT_EQ(answer["offered"], json::array({"h2"}));
  EXPECT_EQ(answer["tls"], "1.3");
  EXPECT_EQ(answer["route"], 1);
  EXPECT_EQ(answer["action"], "pass");
  EXPECT_EQ(answer["selected"], nullptr);
  EXPECT_EQ(answer["refusal"], nullptr);
  ASSERT_EQ(answer["routes"].size(), 3U);
  EXPECT_EQ(answer["routes"][0]["fate"], "wins");
  EXPECT_EQ(answer["routes"][1]["fate"], "other_name");
  EXPECT_EQ(answer["routes"][2]["position"], file_ + ":17:1");
}

TEST_F(Explain, HasNoAnswerFromAnInvalidConfiguration) {
  const Outcome outcome = run({"explain", "-c", folder_.write("bad.toml", "x = 1\n")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bad.toml:1:1: "));
  EXPECT_EQ(run({"explain", "-c", "/nonexistent.toml"}).status, 3);
}

}  // namespace
}  // namespace simplon::cli
