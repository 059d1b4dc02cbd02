#include "returnflows/endpoints/endpoint_url.h"

#include <initializer_list>

#include <gtest/gtest.h>

#include "returnflows/base/limits.h"

namespace returnflows {
namespace {

using Scheme = EndpointUrl::Scheme;

EgressPolicy allowing(std::initializer_list<std::string_view> texts) {
  EgressPolicy policy;
  for (const auto text : texts)
    policy.allow.push_back(IpRange::parse(text).value());
  return policy;
}

EndpointUrl parsed(std::string_view url, const EgressPolicy& policy = {}) {
  auto result = parse_endpoint_url(url, policy);
  EXPECT_TRUE(result.has_value()) << url << ": " << result.error().detail;
  return result.value_or(EndpointUrl{});
}

Error refusal(std::string_view url, const EgressPolicy& policy = {}) {
  auto result = parse_endpoint_url(url, policy);
  EXPECT_FALSE(result.has_value()) << url;
  return result ? Error{} : result.error();
}

// Goal: everything in `urls` is refused with `code`, and the sentence says `word`.
void expect_refused(std::initializer_list<std::string_view> urls,
                    ErrorCode code,
                    std::string_view word,
                    const EgressPolicy& policy = {}) {
  for (const auto url : urls) {
    const Error error = refusal(url, policy);
    EXPECT_EQ(error.code, code) << url;
    EXPECT_TRUE(error.detail.contains(word)) << url << ": " << error.detail;
  }
}

TEST(EndpointUrl, IsSplitForConnecting) {
  const EndpointUrl url = parsed("https://Example.COM:8443/Hook?b=2&a=1");
  EXPECT_EQ(url.scheme, Scheme::kHttps);
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/Hook?b=2&a=1");
  EXPECT_EQ(url.host_header, "example.com:8443");
  EXPECT_FALSE(url.host_is_address);
}

TEST(EndpointUrl, LeavesTheDefaultPortOutOfTheHostHeader) {
  EXPECT_EQ(parsed("https://example.com").host_header, "example.com");
  EXPECT_EQ(parsed("HTTPS://example.com:443/").host_header, "example.com");
  EXPECT_EQ(parsed("https://example.com:80/").host_header, "example.com:80");
}

TEST(EndpointUrl, HasASlashForATargetWhenThePathIsMissing) {
  EXPECT_EQ(parsed("https://example.com").target, "/");
  EXPECT_EQ(parsed("https://example.com?x=1").target, "/?x=1");
}

TEST(EndpointUrl, KeepsPathAndQueryByteForByte) {
  for (const std::string_view target :
       {"/a/../b/./c//d",
        "/%7euser/%2F?sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-B_c%3D",
        "/hook?a[]=1&b={x}|y^z",
        "/hook?next=https://other.example/?q",
        "/@user:pw",
        "/a;b=c!$'()*+"}) {
    EXPECT_EQ(parsed("https://example.com" + std::string{target}).target, target);
  }
}

TEST(EndpointUrl, DropsTheFragment) {
  EXPECT_EQ(parsed("https://example.com/hook?x=1#part?y").target, "/hook?x=1");
  EXPECT_EQ(parsed("https://example.com#@evil.example/").host, "example.com");
}

TEST(EndpointUrl, TakesUrlsUpToTheLimitAndNotBeyond) {
  const std::string longest = "https://example.com/" + std::string(limits::kUrlBytesMax - 20, 'a');
  ASSERT_EQ(longest.size(), limits::kUrlBytesMax);
  EXPECT_EQ(parsed(longest).target.size(), limits::kUrlBytesMax - 19);
  expect_refused({longest + "a"}, ErrorCode::kInvalidInput, "longer");
}

TEST(EndpointUrl, MustBeHttpOrHttps) {
  expect_refused({"example.com/hook",
                  "ftp://example.com/",
                  "file:///etc/passwd",
                  "//example.com/",
                  "https:example.com",
                  "https:/example.com",
                  "gopher://example.com:70/",
                  "://x.y",
                  "javascript:alert(1)"},
                 ErrorCode::kInvalidInput,
                 "must begin with https://");
  expect_refused({""}, ErrorCode::kInvalidInput, "empty");
}

TEST(EndpointUrl, MustNotCarryAUserOrPassword) {
  expect_refused({"https://user@example.com/",
                  "https://user:pw@example.com/",
                  "https://@example.com/",
                  "https://example.com@127.0.0.1/",
                  "https://example.com:443@127.0.0.1/"},
                 ErrorCode::kInvalidInput,
                 "user name or password");
}

TEST(EndpointUrl, MustNotContainBytesThatParsersDisagreeAbout) {
  expect_refused(
      {"https://example.com/a b", " https://example.com/"}, ErrorCode::kInvalidInput, "space");
  expect_refused({"https://example.com/\r\nX-Injected: 1",
                  "https://exa\tmple.com/",
                  "https://example.com/\x7F",
                  "https://example.com/\n",
                  std::string_view("https://example.com\0.evil.example/", 34)},
                 ErrorCode::kInvalidInput,
                 "control character");
  expect_refused({"https://example.com\\@127.0.0.1/", "https:\\\\example.com/"},
                 ErrorCode::kInvalidInput,
                 "backslash");
  expect_refused({"<https://example.com/>", "\"https://example.com/\""},
                 ErrorCode::kInvalidInput,
                 "remove or percent-encode");
}

TEST(EndpointUrl, MustPercentEncodeProperlyInThePath) {
  expect_refused({"https://example.com/100%", "https://example.com/%4", "https://example.com/%zz"},
                 ErrorCode::kInvalidInput,
                 "%25");
  expect_refused({"https://example.com/b\xC3\xB8r"}, ErrorCode::kInvalidInput, "%C3%B8");
}

TEST(EndpointUrl, MustNotWriteAnIPv4AddressInAnOddForm) {
  expect_refused({"https://2130706433/",
                  "https://0177.0.0.1/",
                  "https://0177.1/",
                  "https://127.1/",
                  "https://0x7f000001/",
                  "https://0x7f.1/",
                  "https://127.0.0.0x1/",
                  "https://0/",
                  "https://1.2.3.4.5/",
                  "https://256.1.1.1/",
                  "https://example.1/",
                  "https://08.8.8.8/"},
                 ErrorCode::kInvalidInput,
                 "odd form");
  expect_refused({"https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"},
                 ErrorCode::kInvalidInput,
                 "write 127.0.0.1");
}

TEST(EndpointUrl, MustNameAHostThatIsWrittenCanonically) {
  expect_refused({"https://example.com./"}, ErrorCode::kInvalidInput, "ends with a dot");
  expect_refused({"https://%65xample.com/", "https://127.0.0.1%00.example.com/"},
                 ErrorCode::kInvalidInput,
                 "percent-encoded");
  expect_refused({"https:///hook", "https://?x", "https://:443/", "https://#x"},
                 ErrorCode::kInvalidInput,
                 "no host");
  expect_refused({"https://.example.com/", "https://a..example.com/"},
                 ErrorCode::kInvalidInput,
                 "a dot too many");
  expect_refused(
      {"https://-a.example.com/", "https://a-.example.com/"}, ErrorCode::kInvalidInput, "hyphen");
  expect_refused(
      {"https://a,b.example.com/", "https://a*b.example.com/", "https://$x.example.com/"},
      ErrorCode::kInvalidInput,
      "letters, digits");
  expect_refused(
      {"https://" + std::string(64, 'a') + ".example.com/"}, ErrorCode::kInvalidInput, "63");
  std::string long_host = "a";
  while (long_host.size() <= 253)
    long_host += ".abcdefgh";
  expect_refused({"https://" + long_host + "/"}, ErrorCode::kInvalidInput, "253");
}

TEST(EndpointUrl, NamesTheAsciiFormOfAnInternationalHost) {
  expect_refused(
      {"https://www.bücher.example/"}, ErrorCode::kInvalidInput, "www.xn--bcher-kva.example");
  expect_refused({"https://ｅxample.com/", "https://exa\u200Bmple.com/", "https://a\xFF.example/"},
                 ErrorCode::kInvalidInput,
                 "xn--");
  EXPECT_EQ(parsed("https://xn--bcher-kva.example/").host, "xn--bcher-kva.example");
}

TEST(EndpointUrl, MustNotNameALocalHost) {
  expect_refused({"https://intranet/",
                  "https://erp:8443/hook",
                  "https://printer.local/",
                  "https://metadata.google.internal/",
                  "https://box.localdomain/"},
                 ErrorCode::kForbidden,
                 "egress_allow_hosts");
  expect_refused({"https://localhost/", "https://LOCALHOST:8443/", "https://app.localhost/"},
                 ErrorCode::kForbidden,
                 "egress_allow lists 127.0.0.0/8");
}

TEST(EndpointUrl, MayNameALocalHostThatIsAllowListed) {
  EgressPolicy policy;
  policy.allow_hosts = {"ERP", "shop.internal"};
  EXPECT_EQ(parsed("http://erp:8080/hook", policy).host, "erp");
  EXPECT_EQ(parsed("https://Shop.Internal/hook", policy).host, "shop.internal");
  EXPECT_EQ(refusal("https://a.shop.internal/", policy).code, ErrorCode::kForbidden);
}

TEST(EndpointUrl, JudgesLiteralAddressesByThePolicy) {
  expect_refused({"https://127.0.0.1/",
                  "https://10.0.0.1/",
                  "https://169.254.169.254/latest",
                  "https://[::1]/",
                  "https://[fd00::1]/",
                  "https://[64:ff9b::7f00:1]/",
                  "https://[2002:7f00:1::]/"},
                 ErrorCode::kForbidden,
                 "egress_allow");
  const EndpointUrl url = parsed("https://93.184.216.34/");
  EXPECT_TRUE(url.host_is_address);
  EXPECT_EQ(url.host, "93.184.216.34");
}

TEST(EndpointUrl, WritesIPv6WithBracketsInTheHostHeaderOnly) {
  const EndpointUrl url = parsed("https://[2606:4700:0:0::1111]:8443/");
  EXPECT_EQ(url.host, "2606:4700::1111");
  EXPECT_EQ(url.host_header, "[2606:4700::1111]:8443");
  EXPECT_TRUE(url.host_is_address);
}

TEST(EndpointUrl, MustWriteIPv6Properly) {
  expect_refused({"https://2606:4700::1111/"}, ErrorCode::kInvalidInput, "brackets");
  expect_refused(
      {"https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/"}, ErrorCode::kInvalidInput, "zone");
  expect_refused({"https://[2606:4700::1111/"}, ErrorCode::kInvalidInput, "does not close");
  expect_refused({"https://[v1.x]/", "https://[]/", "https://[1.1.1.1]/"},
                 ErrorCode::kInvalidInput,
                 "not an IPv6 address");
  expect_refused({"https://[2606:4700::1111]x/"}, ErrorCode::kInvalidInput, "Only a port");
}

TEST(EndpointUrl, MustNameAPortInItsPlainForm) {
  expect_refused({"https://example.com:/",
                  "https://example.com:0/",
                  "https://example.com:65536/",
                  "https://example.com:0443/",
                  "https://example.com:+443/",
                  "https://example.com:-1/",
                  "https://example.com:4x/"},
                 ErrorCode::kInvalidInput,
                 "1 to 65535");
  EXPECT_EQ(parsed("https://example.com:65535/").port, 65535);
}

TEST(EndpointUrl, MustNotLeadToAServiceThatIsNotHttp) {
  expect_refused({"https://example.com:22/",
                  "https://example.com:25/",
                  "https://example.com:6379/",
                  "https://example.com:11211/",
                  "https://example.com:6000/"},
                 ErrorCode::kForbidden,
                 "Port");
  expect_refused(
      {"http://127.0.0.1:6379/"}, ErrorCode::kForbidden, "Port", allowing({"127.0.0.0/8"}));
}

TEST(EndpointUrl, MustBeHttpsByDefault) {
  expect_refused(
      {"http://example.com/", "http://93.184.216.34/"}, ErrorCode::kForbidden, "https://");
}

TEST(EndpointUrl, MayBeHttpWhereThePolicySaysSo) {
  EgressPolicy policy = allowing({"127.0.0.0/8"});
  policy.allow_hosts = {"example.com"};
  EXPECT_EQ(parsed("http://127.0.0.1:40123/hook", policy).port, 40123);
  EXPECT_EQ(parsed("http://example.com/hook", policy).port, 80);
  EXPECT_EQ(refusal("http://other.example.com/", policy).code, ErrorCode::kForbidden);
  EXPECT_EQ(refusal("http://93.184.216.34/", policy).code, ErrorCode::kForbidden);

  const EgressPolicy private_ok{.private_ok = true};
  EXPECT_EQ(parsed("http://10.0.0.1/hook", private_ok).scheme, Scheme::kHttp);
  EXPECT_EQ(refusal("http://127.0.0.1/hook", private_ok).code, ErrorCode::kForbidden);
}

TEST(EndpointUrl, MayNameLocalhostWhenALoopbackAddressIsAllowed) {
  for (const auto& policy : {allowing({"127.0.0.0/8"}), allowing({"::1"})}) {
    const EndpointUrl url = parsed("http://localhost:40123/hook", policy);
    EXPECT_EQ(url.host, "localhost");
    EXPECT_FALSE(url.host_is_address);  // So it is resolved and checked at connect.
  }
  EXPECT_EQ(refusal("http://localhost/", allowing({"127.0.0.2"})).code, ErrorCode::kForbidden);
}

}  // namespace
}  // namespace returnflows
