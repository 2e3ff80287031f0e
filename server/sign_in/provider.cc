#include "server/sign_in/provider.h"

#include <algorithm>
#include <chrono>

#include "base/json.h"
#include "base/text.h"
#include "server/sign_in/https.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kKeep{60 * 60};
constexpr Seconds kAskAgainFor{10};
constexpr std::chrono::seconds kPatience{2};
const Error kBusy = Unavailable("the sign-in provider is slow to answer; try again");

Result<std::string> Get(const std::string& url, const std::filesystem::path& ca_file) {
  ASSIGN_OR_RETURN(auto answer, AskProvider({.url = url}, ca_file));
  if (answer.status == 200) return std::move(answer.body);
  return Unavailable("the sign-in provider answered " + std::to_string(answer.status) + " for " +
                     Printable(url));
}

std::string AddressOf(const Json& document, const char* name) {
  const auto found = document.find(name);
  const bool given = found != document.end() && found->is_string() &&
                     found->get_ref<const std::string&>().starts_with("https://");
  return given ? found->get<std::string>() : "";
}

}  // namespace

Result<Endpoints> ReadDiscovery(std::string_view text, const std::string& issuer) {
  ASSIGN_OR_RETURN(const Json document, ParseJson(text, "the provider's discovery document"));
  if (!document.is_object()) return Invalid("the provider's discovery document is no object");
  const std::string told = document.value("issuer", Json()).is_string()
                               ? document["issuer"].get<std::string>()
                               : std::string();
  if (told != issuer) {
    return Denied("the provider calls itself '" + Printable(told) + "', not '" + issuer +
                  "': write `issuer` exactly so");
  }
  Endpoints endpoints{AddressOf(document, "authorization_endpoint"),
                      AddressOf(document, "token_endpoint"), AddressOf(document, "jwks_uri"),
                      AddressOf(document, "end_session_endpoint")};
  if (endpoints.authorization.empty() || endpoints.token.empty() || endpoints.keys.empty()) {
    return Invalid("the provider's discovery document lacks an https:// address");
  }
  const auto ways = ClaimValues(document, "token_endpoint_auth_methods_supported");
  const auto has = [&](const char* way) { return std::ranges::find(ways, way) != ways.end(); };
  endpoints.secret_in_header = has("client_secret_basic") || !has("client_secret_post");
  return endpoints;
}

Result<Endpoints> Provider::FindEndpoints() {
  const std::unique_lock lock(mutex_, kPatience);
  if (!lock) return kBusy;
  return FindEndpointsLocked();
}

Result<Endpoints> Provider::FindEndpointsLocked() {
  const Time now = clock_.Now();
  if (endpoints_ && now < endpoints_at_ + kKeep) return *endpoints_;
  if (failed_ && now < failed_at_ + kAskAgainFor) {
    return endpoints_ ? Result<Endpoints>(*endpoints_) : Result<Endpoints>(*failed_);
  }
  const std::string slash = config_.issuer.ends_with('/') ? "" : "/";
  const auto text =
      Get(config_.issuer + slash + ".well-known/openid-configuration", config_.ca_file);
  auto read = text ? ReadDiscovery(*text, config_.issuer) : Result<Endpoints>(text.error());
  failed_.reset();
  if (read) {
    endpoints_ = *read;
    endpoints_at_ = now;
    return read;
  }
  failed_ = read.error();
  failed_at_ = now;
  const bool away = read.error().kind == ErrorKind::kUnavailable;
  return endpoints_ && away ? Result<Endpoints>(*endpoints_) : read;
}

Result<void> Provider::FetchKeys(const Endpoints& endpoints) {
  ASSIGN_OR_RETURN(const std::string text, Get(endpoints.keys, config_.ca_file));
  ASSIGN_OR_RETURN(keys_, ReadKeySet(text));
  return {};
}

Result<PublicKey> Provider::FindKey(const std::string& key_id) {
  const std::unique_lock lock(mutex_, kPatience);
  if (!lock) return kBusy;
  const auto find = [&]() -> PublicKey {
    const bool only_one = key_id.empty() && keys_.size() == 1;
    const auto found = only_one ? keys_.begin() : keys_.find(key_id);
    return found == keys_.end() ? nullptr : found->second;
  };
  const Time now = clock_.Now();
  const bool old = now >= keys_at_ + kKeep;
  if ((old || !find()) && now >= keys_asked_at_ + kAskAgainFor) {
    ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpointsLocked());
    keys_asked_at_ = now;
    const auto fetched = FetchKeys(endpoints);
    if (fetched) keys_at_ = now;
    if (!fetched && keys_.empty()) return fetched.error();
  }
  if (PublicKey key = find()) return key;
  return Denied("the provider has no key '" + Printable(key_id, 100) + "'");
}

}  // namespace vdiwatch::server
