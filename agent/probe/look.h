#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/evidence.h"
#include "report/fact.h"

namespace vdiwatch::agent {

// One question put to the evidence. Reads by locator and remembers where it looked, so that the
// fact names its sources, and a missing answer its honest reason. Lives on one probe's stack.
//
// Locators that hold a '*' are templates: it stands for one step of a path (`HKU\*\…`), usually a
// user. Text that is not of the asked type counts as a failed reading.
class Look {
 public:
  explicit Look(const Evidence& evidence) : evidence_(evidence) {}

  std::optional<std::string_view> Text(std::string_view locator);
  std::optional<std::int64_t> Number(std::string_view locator);
  const CpuidReading* Cpuid(std::string_view locator);
  const StateReading* State(std::string_view locator);
  const KeysReading* Keys(std::string_view locator);
  const ProcessesReading* Processes();
  const RowsReading* Rows(std::string_view locator);

  // Whether the thing is there: yes with any reading of it, no if that was earned (`absent`).
  std::optional<bool> Exists(std::string_view locator);
  // Whether the place was asked and gave no answer: denied, or failed.
  bool Closed(std::string_view locator);
  // Whether the service runs; no if there is none.
  std::optional<bool> Runs(std::string_view service);
  // Every reading that fits the template, by locator; none if nothing was gathered.
  std::map<std::string_view, const Reading*> All(std::string_view locator_template);

  Fact Answer(FactValue value) const { return Known(std::move(value), sources_); }
  Fact Answer(const char* text) const { return Known(text, sources_); }
  // Why there is no answer: denied, else failed, else not gathered, else absent; undetermined if
  // something was read that did not decide.
  Fact NoAnswer() const;
  Fact Without(Missing why) const { return Unknown(why, sources_); }

  // Whether every look was answered, with a reading or an earned absence.
  bool Complete() const { return !denied_ && !failed_ && !not_gathered_; }

  // Whether a place was looked at in vain: access denied, or what was read has not its form.
  bool HasTrouble() const { return denied_ || failed_; }

  // What was looked at and gathered, as templates, in the order of first sight.
  const std::vector<std::string>& sources() const { return sources_; }
  // A reading that is there but does not have the form that its product writes.
  void Fail() { failed_ = true; }
  void AddSources(const std::vector<std::string>& sources);

  const Evidence& evidence() const { return evidence_; }

 private:
  const Reading& Read(std::string_view locator);
  void Note(std::string_view locator, const Reading& reading);
  template <class T>
  const T* As(std::string_view locator);

  const Evidence& evidence_;
  std::vector<std::string> sources_;
  bool read_ = false, denied_ = false, failed_ = false, not_gathered_ = false;
};

// The locator with whatever names a person replaced by '*': `HKU\3\…` -> `HKU\*\…`.
std::string TemplateOf(std::string_view locator);

// Whether a locator fits a template; '*' fits one step, and case does not matter.
bool Fits(std::string_view locator, std::string_view locator_template);

// Three-valued logic over "yes", "no" and "not known".
std::optional<bool> AllOf(std::initializer_list<std::optional<bool>> parts);
std::optional<bool> AnyOf(std::initializer_list<std::optional<bool>> parts);

}  // namespace vdiwatch::agent
