#include "server/policy_junit.h"

#include <Poco/SAX/AttributesImpl.h>
#include <Poco/XML/XMLWriter.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

using Attributes = Poco::XML::AttributesImpl;

struct Case {
  std::string class_name, name;
  std::vector<std::string> failures;  // lines; none: passed
};

struct Suite {
  std::string name;
  std::vector<Case> cases;
};

// XML has no control characters, not even escaped ones; a file's name may be any bytes.
std::string Legal(std::string text) {
  bool utf8 = IsUtf8(text);
  for (char& c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool control = byte < 0x20 && c != '\n' && c != '\t';
    if (control || (!utf8 && byte >= 0x80)) c = '?';
  }
  return text;
}

void Set(Attributes& attributes, const std::string& name, std::string value) {
  attributes.addAttribute("", "", name, "CDATA", Legal(std::move(value)));
}

std::size_t CountFailed(const Suite& suite) {
  return static_cast<std::size_t>(
      std::ranges::count_if(suite.cases, [](const Case& one) { return !one.failures.empty(); }));
}

void WriteFailure(Poco::XML::XMLWriter& writer, const std::vector<std::string>& lines) {
  Attributes attributes;
  std::string more = lines.size() == 1 ? "" : fmt::format(" (and {} more)", lines.size() - 1);
  Set(attributes, "message", lines[0] + more);
  Set(attributes, "type", "policy");
  writer.startElement("", "", "failure", attributes);
  writer.characters(Legal(Join(lines, "\n")));
  writer.endElement("", "", "failure");
}

void WriteSuite(Poco::XML::XMLWriter& writer, const Suite& suite) {
  Attributes attributes;
  Set(attributes, "name", suite.name);
  Set(attributes, "tests", std::to_string(suite.cases.size()));
  Set(attributes, "failures", std::to_string(CountFailed(suite)));
  Set(attributes, "errors", "0");
  writer.startElement("", "", "testsuite", attributes);
  for (const Case& one : suite.cases) {
    Attributes of_case;
    Set(of_case, "classname", one.class_name);
    Set(of_case, "name", one.name);
    writer.startElement("", "", "testcase", of_case);
    if (!one.failures.empty()) WriteFailure(writer, one.failures);
    writer.endElement("", "", "testcase");
  }
  writer.endElement("", "", "testsuite");
}

std::string Write(const std::vector<Suite>& suites) {
  std::ostringstream stream;
  Poco::XML::XMLWriter writer(
      stream, Poco::XML::XMLWriter::WRITE_XML_DECLARATION | Poco::XML::XMLWriter::PRETTY_PRINT);
  writer.startDocument();
  writer.startElement("", "", "testsuites");
  for (const Suite& suite : suites) WriteSuite(writer, suite);
  writer.endElement("", "", "testsuites");
  writer.endDocument();
  return stream.str();
}

// A test has a name of its own, or is called by its place in the rule.
std::string NameOf(const policy::RuleTest& test, std::size_t number) {
  std::string expects = fmt::format("{}: expects {}", number, policy::ToString(test.expect));
  return test.name.empty() ? expects : fmt::format("{} ({})", expects, test.name);
}

void AddCases(const policy::Pack& pack, const policy::Rule& rule,
              const std::vector<Diagnostic>& failures, std::vector<Case>& cases) {
  for (std::size_t i = 0; i < rule.tests.size(); ++i) {
    const policy::RuleTest& test = rule.tests[i];
    Case one{fmt::format("{}.{}", pack.name, rule.id), NameOf(test, i + 1), {}};
    for (const Diagnostic& failure : failures) {
      bool same = failure.file == pack.file && failure.mark.line == test.mark.line &&
                  failure.mark.column == test.mark.column;
      if (same) one.failures.push_back(ToString(failure));
    }
    cases.push_back(std::move(one));
  }
}

}  // namespace

std::string LintAsJunit(const std::vector<policy::PolicyFile>& files,
                        const std::vector<Diagnostic>& mistakes) {
  Suite suite{"policy lint", {}};
  for (const auto& file : files) {
    Case one{"policy.lint", file.name, {}};
    for (const Diagnostic& mistake : mistakes) {
      if (mistake.file == file.name) one.failures.push_back(ToString(mistake));
    }
    suite.cases.push_back(std::move(one));
  }
  return Write({suite});
}

std::string TestsAsJunit(const policy::PolicySet& set, const std::vector<Diagnostic>& failures) {
  std::vector<Suite> suites;
  for (const policy::Pack& pack : set.packs) {
    Suite suite{pack.name, {}};
    for (const policy::Rule& rule : pack.rules) AddCases(pack, rule, failures, suite.cases);
    suites.push_back(std::move(suite));
  }
  return Write(suites);
}

}  // namespace vdiwatch::server
