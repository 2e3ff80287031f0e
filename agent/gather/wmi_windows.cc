#include "agent/gather/wmi_windows.h"

#include <fmt/format.h>
#include <windows.h>
// After windows.h, which it does not include itself.
#include <wbemidl.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "agent/gather/terms_windows.h"
#include "agent/gather/wmi_value_windows.h"

namespace vdiwatch::agent {
namespace {

MissingReading Failed(std::string why) { return {Missing::kFailed, std::move(why)}; }

// Threads that wait for WMI at this minute, those left behind included.
std::atomic<int> waiting = 0;
constexpr int kMostWaiting = 8;

// How long WMI's own calls may take; the caller's deadline is the one that counts.
constexpr long kPatienceMs = 30'000;

template <class T>
struct Com {
  T* object = nullptr;
  Com() = default;
  ~Com() {
    if (object != nullptr) object->Release();
  }
  Com(const Com&) = delete;
  Com& operator=(const Com&) = delete;
  T* operator->() const { return object; }
};

class Text {
 public:
  explicit Text(std::string_view utf8) : text_(::SysAllocString(Wide(utf8).c_str())) {}
  ~Text() { ::SysFreeString(text_); }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  BSTR get() const { return text_; }

 private:
  BSTR text_;
};

// WMI answers as whom the agent runs.
HRESULT AsOurselves(IUnknown* proxy) {
  return ::CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, nullptr,
                             RPC_C_AUTHN_LEVEL_CALL, RPC_C_IMP_LEVEL_IMPERSONATE, nullptr,
                             EOAC_NONE);
}

HRESULT Connect(std::string_view name_space, Com<IWbemServices>& services) {
  Com<IWbemLocator> locator;
  HRESULT result = ::CoCreateInstance(CLSID_WbemLocator, nullptr, CLSCTX_INPROC_SERVER,
                                      IID_IWbemLocator, reinterpret_cast<void**>(&locator.object));
  if (FAILED(result)) return result;
  result =
      locator->ConnectServer(Text(name_space).get(), nullptr, nullptr, nullptr,
                             WBEM_FLAG_CONNECT_USE_MAX_WAIT, nullptr, nullptr, &services.object);
  return FAILED(result) ? result : AsOurselves(services.object);
}

Json RowOf(IWbemClassObject& object, const std::vector<std::string>& columns) {
  Json row = Json::object();
  for (const std::string& column : columns) {
    VARIANT value;
    ::VariantInit(&value);
    if (SUCCEEDED(object.Get(Wide(column).c_str(), 0, &value, nullptr, nullptr))) {
      row[column] = JsonOfVariant(value);
    }
    ::VariantClear(&value);
  }
  return row;
}

Reading RowsOf(IEnumWbemClassObject& rows, const WmiQuestion& question) {
  RowsReading reading{Json::array()};
  std::size_t bytes = 0;
  for (;;) {
    Com<IWbemClassObject> object;
    ULONG count = 0;
    HRESULT result = rows.Next(kPatienceMs, 1, &object.object, &count);
    if (result == WBEM_S_FALSE) return reading;
    if (result == WBEM_S_TIMEDOUT) return Failed("WMI did not answer in time");
    if (FAILED(result)) return MissingBecauseOfWmi(result);
    if (count != 1) return Failed("WMI told neither a row nor an end");
    reading.rows.push_back(RowOf(*object.object, question.columns));
    bytes += reading.rows.back().dump(-1, ' ', false, Json::error_handler_t::replace).size();
    if (bytes > question.max_bytes) {
      return Failed(fmt::format("it is larger than {} bytes", question.max_bytes));
    }
  }
}

// Every column is asked for, since a query that names one which the class lacks is refused.
Reading Ask(const WmiQuestion& question) {
  Com<IWbemServices> services;
  HRESULT result = Connect(question.name_space, services);
  if (FAILED(result)) return MissingBecauseOfWmi(result);
  Com<IEnumWbemClassObject> rows;
  result = services->ExecQuery(
      Text("WQL").get(), Text("SELECT * FROM " + question.class_name).get(),
      WBEM_FLAG_FORWARD_ONLY | WBEM_FLAG_RETURN_IMMEDIATELY, nullptr, &rows.object);
  if (SUCCEEDED(result)) result = AsOurselves(rows.object);
  if (FAILED(result)) return MissingBecauseOfWmi(result);
  return RowsOf(*rows.object, question);
}

Reading AskOnThisThread(const WmiQuestion& question) {
  HRESULT result = ::CoInitializeEx(nullptr, COINIT_MULTITHREADED);
  if (FAILED(result)) return MissingBecauseOfWmi(result);
  Reading reading = Ask(question);
  ::CoUninitialize();
  return reading;
}

}  // namespace

MissingReading MissingBecauseOfWmi(long result) {
  std::string why = fmt::format("WMI error 0x{:08x}", static_cast<unsigned long>(result));
  switch (static_cast<unsigned long>(result)) {
    case 0x8004100E:  // WBEM_E_INVALID_NAMESPACE
    case 0x80041010:  // WBEM_E_INVALID_CLASS
      return {Missing::kAbsent, std::move(why)};
    case 0x80041003:  // WBEM_E_ACCESS_DENIED
    case 0x80070005:  // E_ACCESSDENIED
      return {Missing::kDenied, std::move(why)};
    default:
      return Failed(std::move(why));
  }
}

WmiAnswer WmiAnswer::To(WmiQuestion question) {
  WmiAnswer answer;
  if (waiting.fetch_add(1) >= kMostWaiting) {
    --waiting;
    return answer;
  }
  std::packaged_task<Reading()> task([question = std::move(question)] {
    Reading reading = AskOnThisThread(question);
    --waiting;
    return reading;
  });
  answer.rows_ = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {  // no thread to be had
    --waiting;
    answer.rows_ = {};
  }
  return answer;
}

Reading WmiAnswer::Take(std::chrono::steady_clock::time_point deadline) {
  if (!rows_.valid()) return Failed("earlier questions still wait for WMI");
  if (rows_.wait_until(deadline) != std::future_status::ready) {
    return Failed("WMI did not answer in time");
  }
  return rows_.get();
}

WmiQuestion AllFeatures() {
  return {"root\\cimv2", "Win32_OptionalFeature", {"Name", "InstallState"}};
}

Reading FeatureState(const Reading& rows, std::string_view feature) {
  const auto* all = std::get_if<RowsReading>(&rows);
  if (!all) {
    MissingReading missing = std::get<MissingReading>(rows);
    if (missing.why == Missing::kAbsent) missing.why = Missing::kFailed;
    return missing;
  }
  if (all->rows.empty()) return Failed("WMI lists no optional feature");
  for (const Json& row : all->rows) {
    if (row.value("Name", Json()) != feature) continue;
    // Source: Microsoft, Win32_OptionalFeature, InstallState.
    const Json state = row.value("InstallState", Json());
    if (state == 1) return StateReading{"enabled", ""};
    if (state == 2) return StateReading{"disabled", ""};
    if (state == 3) return MissingReading{Missing::kAbsent, "its files were removed"};
    return Failed("WMI does not know its state");
  }
  return MissingReading{Missing::kAbsent, "this Windows has no such feature"};
}

}  // namespace vdiwatch::agent
