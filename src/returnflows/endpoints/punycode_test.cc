#include "returnflows/endpoints/punycode.h"

#include <gtest/gtest.h>

namespace returnflows {
namespace {

TEST(Punycode, MatchesTheSampleStringsOfRfc3492) {
  // Section 7.1: (B) Chinese, (D) Czech without its capital, (E) Hebrew, (L) "3年B組金八先生" in
  // lower case.
  EXPECT_EQ(suggest_ascii_host("他们为什么不说中文"), "xn--ihqwcrb4cv8a8dqg056pqjye");
  EXPECT_EQ(suggest_ascii_host("למההםפשוטלאמדבריםעברית"), "xn--4dbcagdahymbxekheh6e0a7fei0b");
  EXPECT_EQ(suggest_ascii_host("3年b組金八先生"), "xn--3b-ww4c5e180e575a65lsy2b");
}

TEST(Punycode, EncodesEachLabelAlone) {
  EXPECT_EQ(suggest_ascii_host("www.bücher.example"), "www.xn--bcher-kva.example");
  EXPECT_EQ(suggest_ascii_host("rødgrød.example"), "xn--rdgrd-vuad.example");
}

TEST(Punycode, LowerCasesWhatABrowserWouldLowerCase) {
  EXPECT_EQ(suggest_ascii_host("BÜCHER.Example"), "xn--bcher-kva.example");
}

TEST(Punycode, SuggestsNothingWhereItWouldHaveToNormalise) {
  EXPECT_EQ(suggest_ascii_host("bu\xCC\x88"
                               "cher.example"),
            std::nullopt);
}

TEST(Punycode, SuggestsNothingForTextThatIsNotUtf8) {
  for (const char* bad : {"\xC0\xAF", "\xED\xA0\x80", "a\xFF", "\xE2\x82", "\xF5\x80\x80\x80"}) {
    EXPECT_EQ(suggest_ascii_host(bad), std::nullopt);
  }
}

}  // namespace
}  // namespace returnflows
