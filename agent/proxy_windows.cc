#include <fmt/format.h>
#include <windows.h>
#include <winhttp.h>

#include <memory>

#include "agent/gather/terms_windows.h"
#include "agent/proxy.h"

// What a service sees: the machine's own setting (`netsh winhttp set proxy`) and those of its own
// account, which for LocalSystem are nobody's unless a policy makes Internet settings the machine's
// (ProxySettingsPerUser = 0) or gives that account a script. A signed-in user's are not looked at:
// they come and go, and say nothing about the machine.
namespace vdiwatch::agent {
namespace {

constexpr int kResolveMs = 5'000, kConnectMs = 5'000, kAnswerMs = 10'000;  // of a script's server

struct FreeGlobal {
  void operator()(wchar_t* text) const { GlobalFree(text); }
};
using Text = std::unique_ptr<wchar_t, FreeGlobal>;

struct CloseSession {
  void operator()(void* session) const { WinHttpCloseHandle(session); }
};

std::string In(const Text& text) { return text ? Utf8(text.get()) : ""; }

struct AccountSettings {
  bool detect = false;
  Text script, proxy, bypass;
};
AccountSettings OwnSettings() {
  WINHTTP_CURRENT_USER_IE_PROXY_CONFIG found{};
  if (!WinHttpGetIEProxyConfigForCurrentUser(&found)) return {};
  return {found.fAutoDetect != FALSE, Text(found.lpszAutoConfigUrl), Text(found.lpszProxy),
          Text(found.lpszProxyBypass)};
}

// Asks the script (PAC) at `url`, or the one that the network names (WPAD) if there is no url.
Result<ProxyChoice> AskScript(const CollectorAddress& collector, const wchar_t* url) {
  std::unique_ptr<void, CloseSession> session(
      WinHttpOpen(L"vdiwatch-agent", WINHTTP_ACCESS_TYPE_NO_PROXY, WINHTTP_NO_PROXY_NAME,
                  WINHTTP_NO_PROXY_BYPASS, 0));
  if (!session) return ProxyChoice{};
  WinHttpSetTimeouts(session.get(), kResolveMs, kConnectMs, kAnswerMs, kAnswerMs);
  WINHTTP_AUTOPROXY_OPTIONS options{};
  options.dwFlags = url ? WINHTTP_AUTOPROXY_CONFIG_URL : WINHTTP_AUTOPROXY_AUTO_DETECT;
  options.dwAutoDetectFlags =
      url ? 0 : WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A;
  options.lpszAutoConfigUrl = url;
  options.fAutoLogonIfChallenged = FALSE;  // the machine's credentials are nobody's business
  WINHTTP_PROXY_INFO found{};
  if (!WinHttpGetProxyForUrl(session.get(), Wide(ToString(collector)).c_str(), &options, &found)) {
    DWORD error = GetLastError();
    // Most networks name none.
    if (!url && error == ERROR_WINHTTP_AUTODETECTION_FAILED) return ProxyChoice{};
    return Unavailable(fmt::format("the proxy script of {} cannot be used (WinHTTP error {})",
                                   url ? "this account's settings" : "the network", error));
  }
  Text proxy(found.lpszProxy), bypass(found.lpszProxyBypass);
  if (found.dwAccessType != WINHTTP_ACCESS_TYPE_NAMED_PROXY) return ProxyChoice{};
  return ProxyOfLists(collector, In(proxy), In(bypass), "a proxy script");
}

}  // namespace

Result<ProxyChoice> SystemProxy(const CollectorAddress& collector) {
  WINHTTP_PROXY_INFO machine{};
  if (WinHttpGetDefaultProxyConfiguration(&machine)) {
    Text proxy(machine.lpszProxy), bypass(machine.lpszProxyBypass);
    if (machine.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY && proxy) {
      return ProxyOfLists(collector, In(proxy), In(bypass), "WinHTTP's settings (netsh)");
    }
  }
  AccountSettings own = OwnSettings();
  if (own.script) return AskScript(collector, own.script.get());
  if (own.proxy) {
    return ProxyOfLists(collector, In(own.proxy), In(own.bypass), "this account's settings");
  }
  return own.detect ? AskScript(collector, nullptr) : Result<ProxyChoice>(ProxyChoice{});
}

}  // namespace vdiwatch::agent
