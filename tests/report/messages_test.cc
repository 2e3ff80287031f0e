#include "report/messages.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "report/fact_set.h"

namespace vdiwatch {
namespace {

CheckInRequest Sample() {
  CheckInRequest request;
  request.agent_version = "0.1.0";
  request.os = "windows";
  request.boot_id = "b1";
  request.sequence = 3;
  request.sent_at = *ParseTime("2026-11-22T08:00:00Z");
  request.canary = {"c1", *ParseTime("2026-11-01T08:00:00Z"), 4};
  request.claims.host_name = "fin-017";
  request.claims.domain = "corp.example";
  request.claims.mac_digests = {"aa", "bb"};
  Facts facts = {{"platform.kind", Known("vmware")}};
  request.facts_digest = FactSetDigest(facts);
  request.state = {{"docker_desktop.instances", Known(FactValue(std::int64_t{1}))}};
  request.per_desktop = {{"docker_desktop.installed_at", Known("2026-11-01T09:00:00Z")}};
  request.facts = facts;
  return request;
}

TEST(CheckIn, RoundTrips) {
  CheckInRequest sent = Sample();
  auto read = ParseCheckInRequest(ToJson(sent).dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->claims, sent.claims);
  EXPECT_EQ(read->sequence, 3);
  EXPECT_EQ(read->canary.boots, 4);
  EXPECT_EQ(read->sent_at, sent.sent_at);
  ASSERT_TRUE(read->facts);
  EXPECT_EQ(FactSetDigest(*read->facts), sent.facts_digest);
  EXPECT_EQ(FactOf(read->state, "docker_desktop.instances").AsInteger(), 1);
}

// Each of these changes one member of a good message.
struct Damage {
  const char* pointer;
  Json value;
  const char* message;
};

class DamagedCheckIn : public testing::TestWithParam<Damage> {};

TEST_P(DamagedCheckIn, IsRefusedByName) {
  Json json = ToJson(Sample());
  json[Json::json_pointer(GetParam().pointer)] = GetParam().value;
  auto read = ParseCheckInRequest(json.dump());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Members, DamagedCheckIn,
    testing::Values(
        Damage{"/protocol", 2, "check-in: protocol 2 is not spoken here, 1 is"},
        Damage{"/boot_id", "", "check-in: 'boot_id' is empty"},
        Damage{"/sequence", 0, "check-in: 'sequence' must be at least 1"},
        Damage{"/sent_at", "yesterday",
               "check-in: 'sent_at': 'yesterday' is not a time such as 2026-11-22T08:00:00Z"},
        Damage{"/canary/boots", 0, "check-in: 'boots' must be at least 1"},
        Damage{"/claims", 1, "check-in: 'claims' must be an object"},
        Damage{"/claims/host_name", std::string(300, 'x'),
               "check-in: 'host_name' is longer than 256 bytes"},
        Damage{"/facts_digest", "md5:1", "check-in: 'facts_digest' is no digest such as sha256:…"},
        Damage{"/state", Json::parse(R"({"platform.kind":{"value":"vmware"}})"),
               "check-in: 'state': fact 'platform.kind' is of class configuration"},
        Damage{"/readings", Json::array(),
               "check-in: 'readings' must be an object of at most 256 entries"}));

TEST(CheckIn, MembersItDoesNotKnowAreIgnored) {
  Json json = ToJson(Sample());
  json["something_new"] = {1, 2, 3};
  EXPECT_TRUE(ParseCheckInRequest(json.dump()));
}

TEST(CheckIn, OverTheLimitIsRefusedUnread) {
  std::string body = "{\"protocol\":1,\"x\":\"" + std::string(kMaxCheckInBytes, 'x') + "\"}";
  EXPECT_EQ(ParseCheckInRequest(body).error().kind, ErrorKind::kInvalid);
}

// Small enough in bytes, and yet a day's work for whoever looks through its members.
TEST(CheckIn, TooManyMembersAreRefused) {
  std::string body = R"({"protocol":1)";
  for (int i = 0; i < 20'000; ++i) body += ",\"" + std::to_string(i) + "\":{}";
  body += "}";
  ASSERT_LT(body.size(), kMaxCheckInBytes);
  auto request = ParseCheckInRequest(body);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message, "check-in: more than 16384 values");
}

TEST(CheckIn, ANumberOutOfRangeIsRefused) {
  std::string text = ToJson(Sample()).dump();
  text.insert(1, "\"newer\":1e999,");
  auto read = ParseCheckInRequest(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalid);
}

TEST(CheckInAnswer, RoundTrips) {
  CheckInResponse sent;
  sent.next_in_s = 900;
  sent.need = {"facts"};
  sent.desktop = "00000000000000ff";
  sent.pool = "finance";
  sent.grade = "noncompliant";
  sent.rules = {{"hypervisor-supported", "noncompliant", "It runs on XenServer."}};
  sent.passed = {"wsl-2"};
  sent.server_time = *ParseTime("2026-11-22T08:00:00Z");
  auto read = ParseCheckInResponse(ToJson(sent).dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->need, sent.need);
  EXPECT_EQ(read->rules.at(0).why, "It runs on XenServer.");
  EXPECT_EQ(read->passed, sent.passed);
  EXPECT_EQ(read->server_time, sent.server_time);
}

TEST(Enrolment, RoundTrips) {
  EnrolRequest sent{"-----BEGIN CERTIFICATE REQUEST-----", Sample().claims, "b1", ""};
  auto read = ParseEnrolRequest(ToJson(sent).dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->claims, sent.claims);
  auto answer = ParseEnrolResponse(ToJson(EnrolResponse{"cert", "ca", "finance"}).dump());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->pool, "finance");
}

TEST(Claims, PlaceholderUuidsAreNone) {
  EXPECT_TRUE(IsPlaceholderUuid("00000000-0000-0000-0000-000000000000"));
  EXPECT_TRUE(IsPlaceholderUuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"));
  EXPECT_TRUE(IsPlaceholderUuid("03000200-0400-0500-0006-000700080009"));
  EXPECT_TRUE(IsPlaceholderUuid("not a uuid"));
  EXPECT_FALSE(IsPlaceholderUuid("4c4c4544-0042-3510-8054-b4c04f4d5131"));
}

}  // namespace
}  // namespace vdiwatch
