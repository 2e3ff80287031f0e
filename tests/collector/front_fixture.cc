#include "tests/collector/front_fixture.h"

#include <filesystem>

#include "base/digest.h"
#include "collector/tls_certificate.h"

namespace vdiwatch::collector {
namespace {

Time Now() { return SystemClock().Now(); }

Ca OpenCa(const std::string& folder) {
  auto ca = Ca::OpenOrCreate(folder, Now());
  EXPECT_TRUE(ca) << ca.error().message;
  return *std::move(ca);
}

std::string FreshFolder() {
  return (std::filesystem::temp_directory_path() / ("front-test-" + Hex(RandomBytes(8)))).string();
}

}  // namespace

TestCa::TestCa(std::string the_folder) : folder(std::move(the_folder)), ca(OpenCa(folder)) {}
TestCa::~TestCa() { std::filesystem::remove_all(folder); }

KeyPair TestCa::Client(Seconds lifetime) const {
  KeyPtr key = NewKey();
  CsrPtr csr(X509_REQ_new());
  X509_REQ_set_pubkey(csr.get(), key.get());
  X509_REQ_sign(csr.get(), key.get(), EVP_sha256());
  auto checked = CheckCsr(ToPem(csr.get()));
  return {*ca.IssueClient(*checked, "agent", Now(), lifetime), ToPem(key.get())};
}

std::optional<Response> TestHandler::Admit(const RequestHead& head) {
  return admit ? admit(head) : std::nullopt;
}

void TestHandler::Handle(RequestHead head, std::string body, std::function<void(Response)> reply) {
  {
    std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }
  if (handle) return handle(std::move(head), std::move(body), std::move(reply));
  Response response;
  response.body = head.method + " " + head.target + " " + body;
  response.content_type = "text/plain";
  reply(std::move(response));
}

std::vector<RequestHead> TestHandler::heads() const {
  std::lock_guard lock(mutex_);
  return heads_;
}

const TestCa& FrontTest::Authority() {
  static const TestCa kAuthority(FreshFolder());
  return kAuthority;
}

const KeyPair& FrontTest::Agent() {
  static const KeyPair kAgent = Authority().Client();
  return kAgent;
}

FrontTest::FrontTest() {
  auto server = Authority().ca.IssueServer({"localhost", "127.0.0.1"}, Now(), kDay);
  EXPECT_TRUE(server) << server.error().message;
  options_.port = 0;
  options_.certificate_pem = server->certificate;
  options_.key_pem = server->key;
  options_.client_ca_pem = Authority().ca.certificate();
  options_.max_connections = 2000;
}

void FrontTest::StartFront() {
  auto started = Front::Start(options_, handler_, log_);
  ASSERT_TRUE(started) << started.error().message;
  front_ = *std::move(started);
}

FrontClient FrontTest::Connect(KeyPair identity, SSL_SESSION* session, int version) const {
  return FrontClient(front_->port(),
                     {Authority().ca.certificate(), std::move(identity), session, version});
}

std::string KeyOf(const KeyPair& identity) {
  auto key = ReadKey(identity.key, "key");
  return Sha256(KeyDer(key->get()));
}

}  // namespace vdiwatch::collector
