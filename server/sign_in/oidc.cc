#include "server/sign_in/oidc.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "server/http.h"
#include "server/secrets.h"
#include "server/sign_in/https.h"

namespace vdiwatch::server {
namespace {

constexpr Seconds kAttemptLifetime{10 * 60};
constexpr std::int64_t kMostAttempts = 10'000;  // under way at once, whoever began them
constexpr std::size_t kMaxCodeBytes = 8192;

using Parameters = std::vector<std::pair<std::string_view, std::string_view>>;

std::string Form(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, PercentEncode(value));
  }
  return text;
}

std::string WithQuery(const std::string& url, const Parameters& parameters) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + Form(parameters);
}

// Why the token endpoint refused (RFC 6749 §5.2).
std::string Refusal(const ProviderAnswer& answer) {
  const auto json = ParseJson(answer.body, "the answer");
  if (!json || !json->is_object()) return "";
  const std::string code = json->value("error", Json()).is_string() ? (*json)["error"] : Json("");
  const Json why = json->value("error_description", Json());
  return ": " + Printable(code, 100) + (why.is_string() ? ", " + Printable(std::string(why)) : "");
}

}  // namespace

Oidc::Oidc(const OidcConfig& config, std::string secret, collector::AccessStore& store,
           const Clock& clock)
    : config_(config),
      secret_(std::move(secret)),
      store_(store),
      clock_(clock),
      provider_(config_, clock) {}

Result<std::unique_ptr<Oidc>> Oidc::Make(const OidcConfig& config, collector::AccessStore& store,
                                         const Clock& clock) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(config.client_secret_file, 8192));
  const std::string_view secret = Trim(text);
  if (secret.empty() || secret.find_first_of("\r\n") != std::string_view::npos) {
    return Invalid(config.client_secret_file.string() + ": a client secret is one line");
  }
  return std::unique_ptr<Oidc>(new Oidc(config, std::string(secret), store, clock));
}

Result<Oidc::Begun> Oidc::Begin(const std::string& return_to) {
  ASSIGN_OR_RETURN(const Endpoints endpoints, provider_.FindEndpoints());
  const std::string state = RandomText(43), nonce = RandomText(43), verifier = RandomText(64),
                    cookie = RandomText(43);
  const Time now = clock_.Now();
  ASSIGN_OR_RETURN(const bool begun,
                   store_.BeginSignIn({Sha256(state), Sha256(cookie), nonce, verifier, return_to,
                                       now + kAttemptLifetime},
                                      now, kMostAttempts));
  if (!begun) return Unavailable("too many sign-ins are under way; try again in some minutes");
  const std::string redirect = config_.redirect_uri(), challenge = Base64Url(Sha256(verifier));
  return Begun{WithQuery(endpoints.authorization, {{"response_type", "code"},
                                                   {"client_id", config_.client_id},
                                                   {"redirect_uri", redirect},
                                                   {"scope", config_.scope},
                                                   {"state", state},
                                                   {"nonce", nonce},
                                                   {"code_challenge", challenge},
                                                   {"code_challenge_method", "S256"}}),
               cookie};
}

// Of another browser, it is used up all the same: that state is in wrong hands.
Result<collector::SignInAttempt> Oidc::Take(std::string_view state, std::string_view cookie) {
  const Error unknown = NotFound("this sign-in is not under way: it took too long, or was used");
  if (state.empty() || cookie.empty()) return unknown;
  ASSIGN_OR_RETURN(auto attempt, store_.TakeSignIn(Sha256(state)));
  if (!attempt || attempt->expires_at <= clock_.Now()) return unknown;
  if (!EqualSecrets(attempt->browser_hash, Sha256(cookie))) return unknown;
  return *std::move(attempt);
}

Result<void> Oidc::Abandon(std::string_view state, std::string_view cookie) {
  const auto taken = Take(state, cookie);
  return taken ? Result<void>() : Result<void>(taken.error());
}

Result<std::string> Oidc::Redeem(const Endpoints& endpoints, std::string_view code,
                                 const std::string& verifier) {
  const std::string redirect = config_.redirect_uri();
  Parameters form = {{"grant_type", "authorization_code"},
                     {"code", code},
                     {"redirect_uri", redirect},
                     {"code_verifier", verifier}};
  ProviderRequest request{.url = endpoints.token};
  if (endpoints.secret_in_header) {  // RFC 6749 §2.3.1: each is form-encoded before
    const std::string pair = PercentEncode(config_.client_id) + ":" + PercentEncode(secret_);
    request.headers.emplace_back("Authorization", "Basic " + Base64(pair));
  } else {
    form.emplace_back("client_id", config_.client_id);
    form.emplace_back("client_secret", secret_);
  }
  request.form = Form(form);
  ASSIGN_OR_RETURN(const auto answer, AskProvider(request, config_.ca_file));
  if (answer.status >= 500) {
    return Unavailable(fmt::format("the sign-in provider answered {}", answer.status));
  }
  if (answer.status != 200) {
    return Denied(fmt::format("the sign-in provider did not redeem the code ({}{})", answer.status,
                              Refusal(answer)));
  }
  ASSIGN_OR_RETURN(const Json json, ParseJson(answer.body, "the provider's answer"));
  return JsonMember<std::string>(json, "id_token", 64 << 10);
}

Result<Oidc::Finished> Oidc::Finish(std::string_view state, std::string_view code,
                                    std::string_view cookie) {
  ASSIGN_OR_RETURN(const auto attempt, Take(state, cookie));
  if (code.empty() || code.size() > kMaxCodeBytes) return Denied("the provider sent no code");
  ASSIGN_OR_RETURN(const Endpoints endpoints, provider_.FindEndpoints());
  ASSIGN_OR_RETURN(std::string text, Redeem(endpoints, code, attempt.verifier));
  ASSIGN_OR_RETURN(const SignedToken token, ReadSignedToken(text));
  ASSIGN_OR_RETURN(const PublicKey key, provider_.FindKey(token.key_id));
  RETURN_IF_ERROR(VerifySignature(token, key, config_.algorithm));
  ASSIGN_OR_RETURN(Identity identity,
                   CheckIdToken(token.claims, config_, attempt.nonce, clock_.Now()));
  auto granted = GrantFor(config_.roles, identity.roles);
  return Finished{std::move(identity), std::move(granted), std::move(text), attempt.return_to};
}

std::string Oidc::SignOutUrl(const std::string& id_token) {
  const auto endpoints = provider_.FindEndpoints();
  if (!endpoints || endpoints->end_session.empty()) return "";
  const std::string back = config_.dashboard + "/";
  return WithQuery(endpoints->end_session, {{"id_token_hint", id_token},
                                            {"client_id", config_.client_id},
                                            {"post_logout_redirect_uri", back}});
}

}  // namespace vdiwatch::server
