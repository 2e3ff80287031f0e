#include "server/sign_in/id_token.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxSubjectBytes = 255;  // OpenID Connect Core §2
constexpr std::size_t kMaxNameBytes = 100;

// NumericDate (RFC 7519 §2): seconds, maybe with a fraction.
std::optional<Time> TimeOf(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return FromUnix(static_cast<std::int64_t>(std::floor(seconds)));
}

std::string TextOf(const Json& claims, std::string_view name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<void> CheckAudience(const Json& claims, const std::string& client_id) {
  const auto audiences = ClaimValues(claims, "aud");
  if (std::ranges::find(audiences, client_id) == audiences.end()) {
    return Denied("the id_token is for another application (aud)");
  }
  const std::string party = TextOf(claims, "azp");
  const bool several = audiences.size() > 1 && party.empty();
  if (several || (!party.empty() && party != client_id)) {
    return Denied("the id_token was issued to another application (azp)");
  }
  return {};
}

Result<void> CheckTimes(const Json& claims, Time now) {
  const auto expires = TimeOf(claims, "exp"), issued = TimeOf(claims, "iat");
  if (!expires || !issued) return Denied("the id_token does not say its times (exp, iat)");
  if (now >= *expires + kClockLeeway) {
    return Denied("the id_token has expired (exp); are both clocks right?");
  }
  const auto not_before = TimeOf(claims, "nbf");
  const bool early = claims.contains("nbf") && (!not_before || *not_before > now + kClockLeeway);
  if (early || *issued > now + kClockLeeway) {
    return Denied("the id_token is from the future (iat, nbf); are both clocks right?");
  }
  return {};
}

// Entra leaves groups out where there are too many and puts a pointer in their place.
bool RolesWereLeftOut(const Json& claims, const std::string& role_claim) {
  const auto names = claims.find("_claim_names");
  return names != claims.end() && names->is_object() && names->contains(role_claim);
}

}  // namespace

Result<Identity> CheckIdToken(const Json& claims, const OidcConfig& config, std::string_view nonce,
                              Time now) {
  if (TextOf(claims, "iss") != config.issuer) {
    return Denied("the id_token is of another issuer, '" + Printable(TextOf(claims, "iss")) + "'");
  }
  RETURN_IF_ERROR(CheckAudience(claims, config.client_id));
  RETURN_IF_ERROR(CheckTimes(claims, now));
  if (!EqualSecrets(TextOf(claims, "nonce"), nonce)) {
    return Denied("the id_token is not of this sign-in (nonce)");
  }
  const std::string subject = TextOf(claims, "sub");
  if (subject.empty() || subject.size() > kMaxSubjectBytes) {
    return Denied("the id_token names nobody (sub)");
  }
  if (RolesWereLeftOut(claims, config.role_claim)) {
    return Denied("the provider left out the claim '" + config.role_claim +
                  "' as too long; use app roles, not groups");
  }
  Identity identity{config.issuer + " " + subject, TextOf(claims, config.name_claim),
                    ClaimValues(claims, config.role_claim)};
  if (identity.name.empty()) identity.name = subject;
  identity.name = Printable(identity.name, kMaxNameBytes);
  return identity;
}

}  // namespace vdiwatch::server
