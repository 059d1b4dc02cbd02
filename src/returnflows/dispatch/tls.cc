#include "returnflows/dispatch/tls.h"

#include <array>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace returnflows {

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(
    const std::optional<std::filesystem::path>& extra_ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Idle connections give their 34 KB of record buffers back.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  // Each lane keeps its own session: a shared cache would be a lock between shards.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  boost::system::error_code error;
  context->set_verify_mode(asio::ssl::verify_peer, error);
  // Without the machine's store only the extra authorities count: every other host then fails
  // with a sentence that says so, which is better than not starting.
  context->set_default_verify_paths(error);
  if (extra_ca_file) {
    context->load_verify_file(extra_ca_file->string(), error);
    if (error) {
      return fail(ErrorCode::kInvalidInput,
                  "cannot read certificates from " + extra_ca_file->string() + ": " +
                      error.message() + "; give a PEM file");
    }
  }
  return context;
}

void TlsSession::remember(SSL* connection) {
  SSL_SESSION* session = SSL_get0_session(connection);
  if (session == nullptr || SSL_SESSION_is_resumable(session) != 1) return;
  // A copy: OpenSSL spoils the session of a connection that ends without a closing alert, and
  // ours end by closing the socket.
  session_.reset(SSL_SESSION_dup(session));
}

void TlsSession::offer(SSL* connection) const {
  if (session_) SSL_set_session(connection, session_.get());
}

Status prepare_handshake(SSL* connection, const std::string& host, bool host_is_address) {
  static constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  bool fine = SSL_set_alpn_protos(connection, kHttp11.data(), kHttp11.size()) == 0;
  X509_VERIFY_PARAM* rules = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (host_is_address) {
    fine = fine && X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  } else {
    fine = fine && X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1;
    // SSL_set_tlsext_host_name() without its C-style cast.
    fine = fine && SSL_ctrl(connection,
                            SSL_CTRL_SET_TLSEXT_HOSTNAME,
                            TLSEXT_NAMETYPE_host_name,
                            const_cast<char*>(host.c_str())) == 1;
  }
  if (!fine) return fail(ErrorCode::kInternal, "TLS cannot be set up for this host name");
  return {};
}

std::string handshake_failure(SSL* connection, const std::string& fallback) {
  const long verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return "TLS handshake failed: " + fallback;
  return std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
}

}  // namespace returnflows
