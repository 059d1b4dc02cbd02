#include "returnflows/dispatch/tls.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "returnflows/dispatch/connection.h"
#include "returnflows/dispatch/loopback_receiver.h"
#include "returnflows/runtime/shard.h"
#include "returnflows/runtime/task_group.h"

namespace returnflows {
namespace {

using std::chrono::seconds;

struct FreeOpenssl {
  void operator()(X509* item) const { X509_free(item); }

  void operator()(EVP_PKEY* item) const { EVP_PKEY_free(item); }

  void operator()(BIO* item) const { BIO_free(item); }
};

using Certificate = std::unique_ptr<X509, FreeOpenssl>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct CertificateOptions {
  std::string name;
  std::string alternative_names;  // "DNS:erp.example"; empty for an authority.
  long valid_seconds = 3600;
};

// A certificate authority that lives as long as the test.
class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")) {
    certificate_ = make({.name = "Test authority", .alternative_names = {}}, key_.get());
  }

  std::string certificate_pem() const { return pem(certificate_.get()); }

  // A server's context with a certificate of this authority.
  std::shared_ptr<asio::ssl::context> server(const CertificateOptions& options) const {
    const PrivateKey key(EVP_EC_gen("P-256"));
    const Certificate certificate = make(options, key.get());
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_use_certificate(context->native_handle(), certificate.get());
    SSL_CTX_use_PrivateKey(context->native_handle(), key.get());
    return context;
  }

 private:
  Certificate make(const CertificateOptions& options, EVP_PKEY* key) const {
    Certificate certificate(X509_new());
    X509* made = certificate.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made), options.valid_seconds);
    X509_set_pubkey(made, key);
    const std::string& name = options.name;
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made),
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()),
                               -1,
                               -1,
                               0);
    X509* issuer = certificate_ ? certificate_.get() : made;
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    if (options.alternative_names.empty()) {
      add_extension(made, issuer, NID_basic_constraints, "critical,CA:TRUE");
    } else {
      add_extension(made, issuer, NID_subject_alt_name, options.alternative_names);
    }
    X509_sign(made, key_.get(), EVP_sha256());
    return certificate;
  }

  static std::string pem(X509* certificate) {
    const std::unique_ptr<BIO, FreeOpenssl> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  mutable long serial_ = 0;
  PrivateKey key_;
  Certificate certificate_;
};

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path(testing::TempDir()) /
            ("returnflows-ca-" + std::to_string(getpid()) + ".pem");
    std::ofstream(file_) << authority_.certificate_pem();
    auto made = make_tls_context(file_);
    ASSERT_TRUE(made) << made.error().detail;
    context_ = std::move(*made);
    shard_.start();
  }

  void TearDown() override {
    pool_.join();
    shard_.stop();
    std::filesystem::remove(file_);
  }

  // One exchange over a fresh connection.
  Attempt exchange(std::uint16_t port, const std::string& host = "erp.example") {
    auto url = std::make_shared<EndpointUrl>();
    url->host = host;
    url->host_is_address = host == "127.0.0.1";
    url->port = port;
    Connection connection({.executor = shard_.executor(),
                           .resolver = resolver_,
                           .egress = egress_,
                           .tls = *context_,
                           .session = session_});
    std::promise<std::optional<Attempt>> answer;
    TaskGroup tasks;
    shard_.post(
        [&] { tasks.spawn(shard_.executor(), "exchange", run(&connection, url, &answer)); });
    const std::optional<Attempt> attempt = answer.get_future().get();
    std::promise<void> ended;
    shard_.post([&] {
      tasks.when_empty([&] {
        connection.close();
        ended.set_value();
      });
    });
    ended.get_future().get();
    return attempt.value();
  }

  static Task<void> run(Connection* connection,
                        std::shared_ptr<const EndpointUrl> url,
                        std::promise<std::optional<Attempt>>* answer) {
    static const std::string kRequest = "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n\r\n";
    answer->set_value(co_await connection->exchange(url, &kRequest, monotonic_now() + seconds{10}));
  }

  Authority authority_;
  std::filesystem::path file_;
  std::shared_ptr<asio::ssl::context> context_;
  BlockingPool pool_{1};
  Shard shard_{0};
  EgressPolicy egress_{.allow = {*IpRange::parse("127.0.0.0/8")}};
  Resolver resolver_{pool_, shard_, [](const std::string&) -> Result<Resolver::Addresses> {
                       return Resolver::Addresses{*IpAddress::parse("127.0.0.1")};
                     }};
  TlsSession session_;
};

TEST_F(TlsTest, SendsToAHostWhoseCertificateIsGood) {
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      authority_.server({.name = "erp", .alternative_names = "DNS:erp.example"}));
  const Attempt attempt = exchange(receiver.port());
  EXPECT_EQ(attempt.result, AttemptResult::kAnswered) << attempt.error_detail;
  EXPECT_EQ(attempt.status, 200);
  EXPECT_TRUE(attempt.timings.tls);
}

TEST_F(TlsTest, ChecksTheAddressWhenTheUrlNamesOne) {
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      authority_.server({.name = "erp", .alternative_names = "IP:127.0.0.1"}));
  EXPECT_EQ(exchange(receiver.port(), "127.0.0.1").status, 200);
  LoopbackReceiver other(always(std::string(kOkAnswer)),
                         authority_.server({.name = "erp", .alternative_names = "IP:127.0.0.9"}));
  EXPECT_EQ(exchange(other.port(), "127.0.0.1").result, AttemptResult::kTlsFailed);
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost) {
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      authority_.server({.name = "erp.example", .alternative_names = "DNS:other.example"}));
  const Attempt attempt = exchange(receiver.port());
  EXPECT_EQ(attempt.result, AttemptResult::kTlsFailed);
  EXPECT_NE(attempt.error_detail.find("hostname mismatch"), std::string::npos)
      << attempt.error_detail;
}

TEST_F(TlsTest, RefusesACertificateThatHasExpired) {
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      authority_.server(
          {.name = "erp", .alternative_names = "DNS:erp.example", .valid_seconds = -60}));
  const Attempt attempt = exchange(receiver.port());
  EXPECT_EQ(attempt.result, AttemptResult::kTlsFailed);
  EXPECT_NE(attempt.error_detail.find("expired"), std::string::npos) << attempt.error_detail;
}

TEST_F(TlsTest, RefusesACertificateOfAnAuthorityThatNobodyKnows) {
  const Authority stranger;
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      stranger.server({.name = "erp", .alternative_names = "DNS:erp.example"}));
  EXPECT_EQ(exchange(receiver.port()).result, AttemptResult::kTlsFailed);
}

TEST_F(TlsTest, RefusesAServerThatKnowsOnlyOldProtocols) {
  auto old = authority_.server({.name = "erp", .alternative_names = "DNS:erp.example"});
  SSL_CTX_set_security_level(old->native_handle(), 0);
  SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_1_VERSION);
  LoopbackReceiver receiver(always(std::string(kOkAnswer)), old);
  EXPECT_EQ(exchange(receiver.port()).result, AttemptResult::kTlsFailed);
}

TEST_F(TlsTest, SaysThatTheServerDoesNotSpeakTls) {
  LoopbackReceiver receiver([](ReceiverPeer& peer, std::size_t) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_end();
  });
  EXPECT_EQ(exchange(receiver.port()).result, AttemptResult::kTlsFailed);
}

TEST_F(TlsTest, TakesUpItsSessionAgain) {
  LoopbackReceiver receiver(
      always(std::string(kOkAnswer)),
      authority_.server({.name = "erp", .alternative_names = "DNS:erp.example"}));
  EXPECT_EQ(exchange(receiver.port()).status, 200);
  EXPECT_EQ(receiver.resumed_count(), 0U);
  EXPECT_EQ(exchange(receiver.port()).status, 200);
  EXPECT_EQ(receiver.resumed_count(), 1U);
}

TEST(TlsContext, RefusesAFileThatHoldsNoCertificates) {
  const auto made = make_tls_context("/dev/null");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace returnflows
