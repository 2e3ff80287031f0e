#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/compliance/make_report.h"
#include "server/compliance/render.h"
#include "server/handlers_reports.h"

namespace vdiwatch::server {
namespace {

using compliance::Format;

constexpr std::int64_t kListedInJson = 1000;

Result<std::int64_t> LimitOf(const Call& call, Format format) {
  const std::string_view text = call.Query("limit");
  if (text.empty()) return format == Format::kJson ? kListedInJson : compliance::kMostExceptions;
  const auto number = ParseInteger(text);
  if (number && *number >= 0 && *number <= compliance::kMostExceptions) return *number;
  return Invalid(fmt::format("limit must be a number from 0 to {}", compliance::kMostExceptions));
}

HttpResponse Download(compliance::Document document) {
  return {200,
          {{"Content-Type", document.type},
           {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", document.file_name)},
           {"Cache-Control", "no-store"}},
          std::move(document.bytes)};
}

}  // namespace

Result<HttpResponse> ShowCompliance(const Services& services, const Call& call) {
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto format, compliance::ParseFormat(call.Query("format")));
  if (!call.Query("part").empty() && format != Format::kCsv) {
    return Invalid("part goes with format=csv alone");
  }
  compliance::Question question;
  ASSIGN_OR_RETURN(question.scope, compliance::ParseScope(call.Query("scope")));
  ASSIGN_OR_RETURN(question.as_of, compliance::ParseAsOf(call.Query("at"), now));
  ASSIGN_OR_RETURN(question.limit, LimitOf(call, format));
  question.now = now;
  question.oldest = now - services.keep_history;
  if (!call.principal->sees_all()) {
    question.may_see = [&](const std::string& pool) { return call.principal->MaySee(pool); };
  }
  question.in_force = services.policy().set;
  ASSIGN_OR_RETURN(const auto report, compliance::MakeReport(*services.past, question));
  ASSIGN_OR_RETURN(auto document, compliance::Render(report, format, call.Query("part")));
  if (format != Format::kJson) return Download(std::move(document));
  return HttpResponse{200,
                      {{"Content-Type", document.type}, {"Cache-Control", "no-store"}},
                      std::move(document.bytes)};
}

}  // namespace vdiwatch::server
