#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "returnflows/base/result.h"
#include "returnflows/runtime/task.h"

namespace returnflows {

// What all TLS connections share: TLS 1.2 or newer, the machine's certificate authorities and
// those in `extra_ca_file` (PEM), peers always verified. Thread: any, once made.
// Errors: kInvalidInput when `extra_ca_file` cannot be read as certificates.
Result<std::shared_ptr<asio::ssl::context>> make_tls_context(
    const std::optional<std::filesystem::path>& extra_ca_file);

// The last session with one host, so that the next connection to it needs no full handshake (a
// full one costs 0.7 ms of CPU). Thread: one at a time.
class TlsSession {
 public:
  // Keeps `connection`'s session when the server allows it to be resumed.
  void remember(SSL* connection);
  // Offers the kept session to the server of a connection that is about to shake hands.
  void offer(SSL* connection) const;

  // To be called when the host changes: a session stands for a verified certificate.
  void forget() { session_.reset(); }

 private:
  struct Free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };

  std::unique_ptr<SSL_SESSION, Free> session_;
};

// Prepares `connection` for a handshake with `host`: name sent (SNI) unless it is an address,
// certificate checked for exactly that name or address, HTTP/1.1 asked for by ALPN.
Status prepare_handshake(SSL* connection, const std::string& host, bool host_is_address);

// Why the handshake failed, in words: the certificate's fault where there is one.
std::string handshake_failure(SSL* connection, const std::string& fallback);

}  // namespace returnflows
