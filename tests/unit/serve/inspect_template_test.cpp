// Filling places in markup.
#include "serve/inspect/template.hpp"

#include <gtest/gtest.h>

namespace simplon::serve::inspect {
namespace {

TEST(Template, PutsTextInItsPlaceEscaped) {
  Values values;
  values.set("name", "<a & \"b\">'");
  EXPECT_EQ(fill("x {{name}} y {{absent}}", values), "x &lt;a &amp; &quot;b&quot;&gt;&#39; y ");
}

TEST(Template, RepeatsAPartForEachOfItsValues) {
  Values values;
  values.set("outer", "o").add("row", Values{}.set("n", "1")).add("row", Values{}.set("n", "2"));
  EXPECT_EQ(fill("{{#row}}[{{n}}{{outer}}]{{/row}}{{#none}}never{{/none}}", values), "[1o][2o]");
}

TEST(Template, ShowsAPartOrNot) {
  Values values;
  values.show("yes").show("no", false);
  EXPECT_EQ(fill("{{#yes}}y{{/yes}}{{#no}}n{{/no}}", values), "y");
}

TEST(Template, DoesNotReadPlacesInWhatItPutsIn) {
  Values values;
  values.set("a", "{{b}}").set("b", "secret");
  EXPECT_EQ(fill("{{a}}", values), "{{b}}");
}

TEST(Escape, ReplacesBytesThatAreNoUtf8) {  // RFC 3629 §4
  EXPECT_EQ(escape_html("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8F\x94"), "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8F\x94");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_html("\xFF"), bad);
  EXPECT_EQ(escape_html("\xC3"), bad);
  EXPECT_EQ(escape_html("\xC0\x80"), bad + bad);
  EXPECT_EQ(escape_html("\xED\xA0\x80"), bad + bad + bad);
  EXPECT_EQ(escape_html(std::string_view("\0\n\x7F", 3)), bad + bad + bad);
}

}  // namespace
}  // namespace simplon::serve::inspect
