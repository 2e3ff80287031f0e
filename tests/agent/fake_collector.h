#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/channel.h"
#include "report/messages.h"
#include "tests/agent/authority.h"

namespace vdiwatch::agent {

// A whole collector in memory, as far as an agent can see: it enrols keys, knows digests, asks for
// what it does not know, and can be told to be away, busy, or to disown a key.
class FakeCollector : public Channel {
 public:
  explicit FakeCollector(const Clock& clock) : clock_(clock) {}

  Result<HttpReply> Post(std::string_view target, std::string_view body,
                         std::string_view bearer) override;
  void Present(std::string_view certificate, std::string_view key) override;
  void Trust(std::string_view ca_pem) override { trusted = ca_pem; }
  void Close() override { ++closed_; }

  // How it behaves.
  bool away = false;                // no answer at all
  bool lose_next_answer = false;    // does the work, and the answer gets lost
  std::optional<HttpReply> refuse;  // every request
  std::string token = "vdw_enrol_good";
  std::string pool = "finance";
  std::string grade = "compliant";
  Seconds certificate_life{30 * 24 * 60 * 60};
  Seconds interval{900};
  Seconds clock_offset{0};
  bool ask_forever = false;  // for the same facts
  bool always_enrol_anew = false;
  bool deaf = false;  // takes no check-in: answers each as one that it has already
  void Disown(const std::string& key) { known_.erase(key); }       // answers 401
  void SendAway(const std::string& key) { retired_.insert(key); }  // answers `need: enrol`

  // What it saw.
  struct Received {
    std::string key;  // PEM, of the agent: the fake may look where a collector cannot
    CheckInRequest request;
  };
  std::vector<Received> check_ins;    // those that it took
  int repeats = 0;                    // those that it did not
  std::vector<std::string> enrolled;  // CSRs, in order
  std::vector<std::string> replaced;  // keys that they said they gave up; empty for none
  std::string trusted;                // PEM
  int renewals = 0;
  int posts = 0;
  int closed() const { return closed_; }
  const std::string& presented_key() const { return key_; }

 private:
  HttpReply Enrol(std::string_view body, std::string_view bearer);
  HttpReply Renew(std::string_view body);
  HttpReply CheckIn(std::string_view body);
  HttpReply Certified(const std::string& csr);

  const Clock& clock_;
  Authority authority_;
  std::set<std::string> known_;  // public keys, PEM of the CSR or certificate
  std::set<std::string> retired_;
  std::set<std::string> blobs_;  // digests
  struct Held {
    std::string boot_id;
    std::int64_t sequence = 0;
  };
  std::map<std::string, Held> held_;  // by key
  std::string certificate_, key_;
  int closed_ = 0;
};

// The public key of a private key, a CSR or a certificate (PEM).
std::string PublicKeyOf(const std::string& pem);

}  // namespace vdiwatch::agent
