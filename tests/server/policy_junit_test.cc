#include "server/policy_junit.h"

#include <Poco/AutoPtr.h>
#include <Poco/DOM/DOMParser.h>
#include <Poco/DOM/Document.h>
#include <Poco/DOM/Element.h>
#include <Poco/DOM/NodeList.h>
#include <gtest/gtest.h>

#include "policy/evaluate.h"

namespace vdiwatch::server {
namespace {

using Poco::XML::Element;

// What a reader of JUnit files sees.
struct Seen {
  std::string suite, class_name, name, message, text;
  bool operator==(const Seen&) const = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.suite << " | " << seen.class_name << " | " << seen.name << " | " << seen.message
         << " | " << seen.text;
  }
};

Seen SeenOf(const Element& test_case) {
  const auto& suite = dynamic_cast<const Element&>(*test_case.parentNode());
  Seen seen{suite.getAttribute("name"), test_case.getAttribute("classname"),
            test_case.getAttribute("name"), "", ""};
  if (const Element* failure = test_case.getChildElement("failure")) {
    seen.message = failure->getAttribute("message");
    seen.text = failure->innerText();
  }
  return seen;
}

std::vector<Seen> Read(const std::string& xml) {
  Poco::XML::DOMParser parser;
  Poco::AutoPtr<Poco::XML::Document> document = parser.parseString(xml);
  EXPECT_EQ(document->documentElement()->nodeName(), "testsuites");
  std::vector<Seen> seen;
  Poco::AutoPtr<Poco::XML::NodeList> suites = document->getElementsByTagName("testsuite");
  for (unsigned long s = 0; s < suites->length(); ++s) {
    const auto& suite = dynamic_cast<const Element&>(*suites->item(s));
    Poco::AutoPtr<Poco::XML::NodeList> cases = suite.getElementsByTagName("testcase");
    EXPECT_EQ(suite.getAttribute("tests"), std::to_string(cases->length()));
    std::size_t failed = 0;
    for (unsigned long i = 0; i < cases->length(); ++i) {
      seen.push_back(SeenOf(dynamic_cast<const Element&>(*cases->item(i))));
      failed += seen.back().message.empty() ? 0 : 1;
    }
    EXPECT_EQ(suite.getAttribute("failures"), std::to_string(failed));
  }
  return seen;
}

TEST(PolicyJunit, LintIsACaseForEachFile) {
  std::vector<policy::PolicyFile> files = {{"good.yaml", ""}, {"a<b>&\"c\x01.yaml", ""}};
  std::vector<Diagnostic> mistakes = {{files[1].name, {1, 2}, "unknown key '<x>'"},
                                      {files[1].name, {3, 4}, "a & b"}};
  const std::string said = "a<b>&\"c?.yaml:1:2: unknown key '<x>'";
  EXPECT_EQ(Read(LintAsJunit(files, mistakes)),
            (std::vector<Seen>{{"policy lint", "policy.lint", "good.yaml", "", ""},
                               {"policy lint", "policy.lint", "a<b>&\"c?.yaml",
                                said + " (and 1 more)", said + "\na<b>&\"c?.yaml:3:4: a & b"}}));
}

TEST(PolicyJunit, AFileNameThatIsNoTextIsStillXml) {
  EXPECT_EQ(Read(LintAsJunit({{"b\xFF.yaml", ""}}, {})).at(0).name, "b?.yaml");
}

TEST(PolicyJunit, TestsAreCasesOfTheirRule) {
  auto set = policy::RequireGood(policy::LoadPolicy(
      {{"p.yaml",
        "pack: p\nrules:\n  - id: a\n    require: {platform.kind: vmware}\n    tests:\n"
        "      - {facts: {platform.kind: vmware}, expect: compliant}\n"
        "      - {name: clouds, facts: {platform.kind: azure}, expect: compliant}\n"}}));
  ASSERT_TRUE(set) << set.error().message;
  auto failures = policy::RunRuleTests(*set);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(Read(TestsAsJunit(*set, failures)),
            (std::vector<Seen>{{"p", "p.a", "1: expects compliant", "", ""},
                               {"p", "p.a", "2: expects compliant (clouds)", ToString(failures[0]),
                                ToString(failures[0])}}));
}

}  // namespace
}  // namespace vdiwatch::server
