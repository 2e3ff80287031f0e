#include "server/stored_verdict.h"

#include <optional>
#include <utility>

#include "base/json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

// {"grade":…,"rules":[{"id":…,"waiver":{"id":…},…},…]}: the depths of what stands in it.
constexpr int kVerdict = 1, kRules = 2, kRule = 3, kInRule = 4;

// Takes the reader's events; answering false stops it.
class Reader {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit Reader(const VisitRule& visit) : visit_(visit) {}

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(number_integer_t) { return true; }
  bool number_unsigned(number_unsigned_t) { return true; }
  bool number_float(number_float_t, const string_t&) { return true; }
  bool binary(binary_t&) { return true; }

  bool key(string_t& name) {
    if (depth_ == kVerdict) in_rules_ = name == "rules";
    if (depth_ == kRule) in_waiver_ = name == "waiver";
    if (in_rules_ && (depth_ == kRule || depth_ == kInRule)) member_ = Member(name);
    return true;
  }
  bool string(string_t& text) {
    if (std::string* member = std::exchange(member_, nullptr)) *member = std::move(text);
    return true;
  }
  bool start_object(std::size_t) {
    member_ = nullptr;
    if (++depth_ == kRule && in_rules_) {
      rule_ = {};
      grade_.clear();
    }
    return true;
  }
  bool end_object() {
    const bool rule_ends = depth_-- == kRule && in_rules_;
    if (!rule_ends) return true;
    const auto grade = policy::ParseGrade(grade_);
    if (!grade) return true;
    rule_.grade = *grade;
    return visit_(std::move(rule_));
  }
  bool start_array(std::size_t) {
    member_ = nullptr;
    ++depth_;
    return true;
  }
  bool end_array() {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    return false;
  }

 private:
  std::string* Member(std::string_view name) {
    if (depth_ == kInRule) {
      if (!in_waiver_) return nullptr;
      return name == "id" ? &rule_.waiver : name == "text" ? &rule_.excuse : nullptr;
    }
    const std::pair<std::string_view, std::string*> members[] = {
        {"id", &rule_.id},           {"grade", &grade_},  {"severity", &rule_.severity},
        {"title", &rule_.title},     {"url", &rule_.url}, {"remediation", &rule_.remediation},
        {"contact", &rule_.contact}, {"why", &rule_.why}};
    for (const auto& [key, member] : members) {
      if (key == name) return member;
    }
    return nullptr;
  }

  const VisitRule& visit_;
  int depth_ = 0;
  bool in_rules_ = false, in_waiver_ = false;
  StoredRule rule_;
  std::string grade_;
  std::string* member_ = nullptr;  // where the next text belongs
};

}  // namespace

bool Fails(Grade grade) {
  return grade == Grade::kNoncompliant || grade == Grade::kUnknown || grade == Grade::kConditional;
}

void ReadStoredRules(std::string_view verdict, const VisitRule& visit) {
  Reader reader(visit);
  if (!verdict.empty()) Json::sax_parse(verdict, &reader);
}

}  // namespace vdiwatch::server
