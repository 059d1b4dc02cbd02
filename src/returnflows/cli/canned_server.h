#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "returnflows/base/guarded.h"

namespace returnflows {

// A request as the canned server received it, head and body apart.
struct CannedRequest {
  std::string line;  // "POST /v1/events HTTP/1.1"
  std::string head;  // The header lines, names in lower case, each between CRLFs.
  std::string body;

  // The value of a header, named in lower case; "" when it is absent.
  std::string header(std::string_view name) const;
};

// A certificate for one name that signs itself, for tests of TLS.
class CannedIdentity {
 public:
  explicit CannedIdentity(const std::string& dns_name);
  ~CannedIdentity();
  CannedIdentity(const CannedIdentity&) = delete;
  CannedIdentity& operator=(const CannedIdentity&) = delete;

  // The certificate as a PEM file, deleted with this object.
  const std::string& certificate_file() const { return file_; }

 private:
  friend class CannedServer;
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::string file_;
};

// An HTTP server for tests of the command line: one thread that answers one connection after the
// other with what a function says, byte for byte, on a port of 127.0.0.1 that the system picks.
class CannedServer {
 public:
  using Answer = std::function<std::string(const CannedRequest&)>;

  explicit CannedServer(Answer answer, const CannedIdentity* identity = nullptr);
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  std::uint16_t port() const { return port_; }

  std::string url() const;

  // The requests so far. A request is there before its answer goes out.
  std::vector<CannedRequest> requests() const;

 private:
  void serve();
  void serve_one(int connection);

  Answer answer_;
  const CannedIdentity* identity_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  Guarded<std::vector<CannedRequest>> requests_;
  std::thread thread_;
};

// A whole HTTP answer with its length.
std::string canned_answer(int status,
                          std::string_view body,
                          std::string_view more_headers = {},
                          std::string_view content_type = "application/json");

}  // namespace returnflows
