#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "collector/ca.h"
#include "report/fact_set.h"
#include "report/messages.h"

// Messages as released versions send them must be understood for ever: nothing in tests/wire is
// changed after its release, only added to.
namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(VDIWATCH_SOURCE_DIR) / "tests" / "wire" / "v1";
// What a release after this one might add; made up.
const fs::path kNext = fs::path(VDIWATCH_SOURCE_DIR) / "tests" / "wire" / "next";
const fs::path kProtocol = fs::path(VDIWATCH_SOURCE_DIR) / "docs" / "protocol.md";

std::string Recorded(const fs::path& file) {
  auto text = ReadFile(file, 1 << 20);
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : "";
}

// The parsed message as it would be sent again, or the reason why it was not understood.
template <class T>
Result<Json> Again(Result<T> message) {
  if (!message) return message.error();
  return ToJson(*message);
}

Result<Json> Understand(std::string_view kind, std::string_view text) {
  if (kind == "enrol-request") return Again(ParseEnrolRequest(text));
  if (kind == "enrol-response") return Again(ParseEnrolResponse(text));
  if (kind == "renew-request") return Again(ParseRenewRequest(text));
  if (kind == "renew-response") return Again(ParseEnrolResponse(text));
  if (kind == "check-in-request") return Again(ParseCheckInRequest(text));
  if (kind == "check-in-response") return Again(ParseCheckInResponse(text));
  if (kind == "error") return ParseJson(text, "error");
  return Invalid("a kind of message that the protocol does not have");
}

struct WireFile {
  std::string kind;     // check-in-request
  std::string example;  // goodbye
  std::string text;
};

std::vector<WireFile> WireFiles(const fs::path& folder = kFolder) {
  std::vector<WireFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().stem().string();
    std::size_t dot = name.find('.');
    files.push_back({name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1),
                     Recorded(entry.path())});
  }
  return files;
}

TEST(Wire, EveryRecordedMessageIsUnderstood) {
  std::set<std::string> kinds;
  for (const auto& file : WireFiles()) {
    auto understood = Understand(file.kind, file.text);
    EXPECT_TRUE(understood) << file.kind << " " << file.example << ": "
                            << understood.error().message;
    kinds.insert(file.kind);
  }
  EXPECT_EQ(kinds.size(), 7u) << "a kind of message has no recorded example";
}

TEST(Wire, MessagesOfALaterReleaseAreUnderstood) {
  std::set<std::string> kinds;
  for (const auto& file : WireFiles(kNext)) {
    auto understood = Understand(file.kind, file.text);
    EXPECT_TRUE(understood) << file.kind << ": " << understood.error().message;
    kinds.insert(file.kind);
  }
  EXPECT_EQ(kinds.size(), 6u);

  auto request = ParseCheckInRequest(Recorded(kNext / "check-in-request.json"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->os, "freebsd");
  EXPECT_EQ(FactOf(request->state, "wsl.sessions").AsInteger(), 3);
  EXPECT_EQ(FactOf(request->per_desktop, "tpm.serial").AsText(), "42-AB");
  EXPECT_EQ(FactSetDigest(*request->facts), request->facts_digest);
  auto response = ParseCheckInResponse(Recorded(kNext / "check-in-response.json"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->grade, "advisory");
  EXPECT_EQ(response->need, (std::vector<std::string>{"attestation", "facts"}));
}

TEST(Wire, NothingThatThisReleaseKnowsIsLost) {
  const std::set<std::string> kOtherwiseWritten = {"least", "newer-agent", "newer-collector"};
  for (const auto& file : WireFiles()) {
    if (kOtherwiseWritten.contains(file.example)) continue;
    auto recorded = ParseJson(file.text, "recorded");
    auto understood = Understand(file.kind, file.text);
    ASSERT_TRUE(recorded && understood);
    EXPECT_EQ(*understood, *recorded) << file.kind << " " << file.example;
  }
}

TEST(Wire, BlobsCarryTheDigestsThatNameThem) {
  for (const char* name : {"bodies", "newer-agent"}) {
    auto request = ParseCheckInRequest(
        Recorded(kFolder / ("check-in-request." + std::string(name) + ".json")));
    ASSERT_TRUE(request);
    ASSERT_TRUE(request->facts);
    EXPECT_EQ(FactSetDigest(*request->facts), request->facts_digest) << name;
    if (!request->readings) continue;
    EXPECT_EQ(DigestText(CanonicalJson(*request->readings)), request->readings_digest) << name;
  }
}

TEST(Wire, FactsOfANewerAgentAreKept) {
  auto request = ParseCheckInRequest(Recorded(kFolder / "check-in-request.newer-agent.json"));
  ASSERT_TRUE(request);
  EXPECT_EQ(FactOf(*request->facts, "gpu.partitioned").AsBool(), true);
  EXPECT_EQ(FactOf(*request->facts, "platform.kind").AsText(), "cloud_hypervisor");
  EXPECT_EQ(FactOf(request->state, "gpu.sessions").AsInteger(), 2);
}

TEST(Wire, WishesOfANewerCollectorReachTheAgent) {
  auto response =
      ParseCheckInResponse(Recorded(kFolder / "check-in-response.newer-collector.json"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->need, std::vector<std::string>{"attestation"});
  EXPECT_EQ(response->next_in_s, 903);
}

TEST(Wire, RecordedRequestsForCertificatesPass) {
  auto enrol = ParseEnrolRequest(Recorded(kFolder / "enrol-request.json"));
  ASSERT_TRUE(enrol);
  auto csr = CheckCsr(enrol->csr);
  EXPECT_TRUE(csr) << csr.error().message;
}

// The fenced block of docs/protocol.md that is marked with this name.
std::string Documented(std::string_view name) {
  std::string page = Recorded(kProtocol);
  std::size_t fence = page.find(" " + std::string(name) + "\n");
  if (fence == std::string::npos) return "";
  std::size_t begin = page.find('\n', fence) + 1;
  return page.substr(begin, page.find("\n```", begin) - begin);
}

TEST(Protocol, WorkedExampleOfTheFactSetIsTrue) {
  auto json = ParseJson(Documented("example-facts"), "example");
  ASSERT_TRUE(json) << json.error().message;
  auto facts = FactsFromJson(*json);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(FactSetText(*facts), Documented("example-canonical"));
  EXPECT_EQ(FactSetDigest(*facts), Documented("example-digest"));
}

TEST(Protocol, ItsMessagesAreUnderstood) {
  for (const char* kind : {"enrol-request", "check-in-request", "check-in-response", "error"}) {
    std::string text = Documented(kind);
    ASSERT_FALSE(text.empty()) << kind;
    auto understood = Understand(kind, text);
    EXPECT_TRUE(understood) << kind << ": " << understood.error().message;
  }
}

}  // namespace
}  // namespace vdiwatch::collector
