#include "returnflows/cli/canned_server.h"

#include <array>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "returnflows/base/check.h"

namespace returnflows {
namespace {

// A connection with or without TLS, blocking.
class Wire {
 public:
  Wire(int socket, SSL_CTX* tls)
      : socket_(socket), tls_(tls == nullptr ? nullptr : ::SSL_new(tls)) {
    if (tls_ != nullptr) ::SSL_set_fd(tls_, socket_);
  }

  ~Wire() {
    if (tls_ != nullptr) ::SSL_free(tls_);
    ::close(socket_);
  }

  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool begin() { return tls_ == nullptr || ::SSL_accept(tls_) == 1; }

  // More bytes; empty at the end.
  std::string read() {
    std::array<char, 4096> buffer{};
    const auto count = tls_ != nullptr
                           ? ::SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                           : ::recv(socket_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = tls_ != nullptr
                             ? ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (tls_ != nullptr) ::SSL_shutdown(tls_);
  }

 private:
  int socket_;
  SSL* tls_;
};

std::size_t body_bytes(const std::string& head) {
  constexpr std::string_view kName = "\r\ncontent-length: ";
  const std::size_t at = head.find(kName);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + kName.size()));
}

// Header names in lower case; values as they came.
void lower_names(std::string& head) {
  bool in_name = true;
  for (char& character : head) {
    if (character == '\n') {
      in_name = true;
    } else if (character == ':') {
      in_name = false;
    } else if (in_name) {
      character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
  }
}

}  // namespace

std::string CannedRequest::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string{name} + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  const std::size_t value = at + start.size();
  return head.substr(value, head.find("\r\n", value) - value);
}

struct CannedIdentity::Parts {
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{::SSL_CTX_new(::TLS_server_method()),
                                                              &::SSL_CTX_free};
};

CannedIdentity::CannedIdentity(const std::string& dns_name) : parts_(std::make_unique<Parts>()) {
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key{::EVP_EC_gen("P-256"),
                                                                  &::EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate{::X509_new(), &::X509_free};
  X509* raw = certificate.get();
  RF_CHECK(key != nullptr && raw != nullptr);
  ::X509_set_version(raw, X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(raw), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(raw), -3600);
  ::X509_gmtime_adj(::X509_getm_notAfter(raw), 3600);
  ::X509_set_pubkey(raw, key.get());
  X509_NAME* name = ::X509_get_subject_name(raw);
  const std::string subject = "test of " + dns_name;
  ::X509_NAME_add_entry_by_txt(name,
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(subject.data()),
                               static_cast<int>(subject.size()),
                               -1,
                               0);
  ::X509_set_issuer_name(raw, name);
  for (const auto& [kind, value] : {std::pair{NID_subject_alt_name, "DNS:" + dns_name},
                                    std::pair{NID_basic_constraints, std::string{"CA:TRUE"}}}) {
    X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    RF_CHECK(extension != nullptr && ::X509_add_ext(raw, extension, -1) == 1);
    ::X509_EXTENSION_free(extension);
  }
  RF_CHECK(::X509_sign(raw, key.get(), ::EVP_sha256()) > 0);
  RF_CHECK(::SSL_CTX_use_certificate(parts_->context.get(), raw) == 1);
  RF_CHECK(::SSL_CTX_use_PrivateKey(parts_->context.get(), key.get()) == 1);
  std::string path = "/tmp/returnflows_ca_XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  RF_CHECK(descriptor >= 0);
  std::FILE* file = ::fdopen(descriptor, "w");
  RF_CHECK(::PEM_write_X509(file, raw) == 1);
  RF_CHECK(std::fclose(file) == 0);
  file_ = path;
}

CannedIdentity::~CannedIdentity() {
  ::unlink(file_.c_str());
}

CannedServer::CannedServer(Answer answer, const CannedIdentity* identity)
    : answer_(std::move(answer)),
      identity_(identity),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  RF_CHECK(listener_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  RF_CHECK(::bind(listener_, raw, sizeof address) == 0);
  RF_CHECK(::listen(listener_, 8) == 0);
  socklen_t length = sizeof address;
  RF_CHECK(::getsockname(listener_, raw, &length) == 0);
  port_ = ::ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

CannedServer::~CannedServer() {
  // Makes accept() in the thread return with an error.
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string CannedServer::url() const {
  return (identity_ == nullptr ? "http://127.0.0.1:" : "https://localhost:") +
         std::to_string(port_);
}

std::vector<CannedRequest> CannedServer::requests() const {
  return requests_.with([](const std::vector<CannedRequest>& all) { return all; });
}

void CannedServer::serve() {
  while (true) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    serve_one(connection);
  }
}

void CannedServer::serve_one(int connection) {
  Wire wire(connection, identity_ == nullptr ? nullptr : identity_->parts_->context.get());
  if (!wire.begin()) return;
  std::string received;
  std::size_t end_of_head = std::string::npos;
  while (end_of_head == std::string::npos) {
    const std::string bytes = wire.read();
    if (bytes.empty()) return;
    received += bytes;
    end_of_head = received.find("\r\n\r\n");
  }
  CannedRequest request;
  request.line = received.substr(0, received.find("\r\n"));
  request.head = received.substr(request.line.size(), end_of_head + 2 - request.line.size());
  lower_names(request.head);
  request.body = received.substr(end_of_head + 4);
  while (request.body.size() < body_bytes(request.head)) {
    const std::string bytes = wire.read();
    if (bytes.empty()) return;
    request.body += bytes;
  }
  requests_.with([&](std::vector<CannedRequest>& all) { all.push_back(request); });
  wire.write(answer_(request));
}

std::string canned_answer(int status,
                          std::string_view body,
                          std::string_view more_headers,
                          std::string_view content_type) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " Canned\r\ncontent-type: ";
  answer.append(content_type).append("\r\n").append(more_headers);
  answer += "content-length: " + std::to_string(body.size()) + "\r\nconnection: close\r\n\r\n";
  return answer.append(body);
}

}  // namespace returnflows
