#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "collector/store/alert_store.h"
#include "server/alert/desk.h"
#include "server/alert/routing.h"
#include "server/route.h"

namespace vdiwatch::server {

// How the API writes alerts (docs/alerting.md).
Json AlertJson(const collector::Alert& alert, std::span<const alert::ActiveSilence> silences);
// With what each is about: one look at the store for all.
Result<Json> DeliveriesJson(collector::AlertStore& store,
                            const std::vector<collector::Delivery>& deliveries);
Json SinkJson(const alert::SinkStatus& sink);
Json SilenceJson(const collector::Silence& silence, Time now);

// The store and the desk; unavailable where a daemon has none.
Result<collector::AlertStore*> AlertStoreOf(const Services& services);
Result<alert::Desk*> DeskOf(const Services& services);

// The parts of a list's query. `after` is where the page before ended.
std::string CursorText(Time at, std::int64_t id);
Result<std::optional<std::pair<Time, std::int64_t>>> CursorOf(const Call& call);
Result<std::int64_t> LimitOf(const Call& call);  // 1 to 500; 50 where it is not there
// The id of a path's `{}`; not_found if it is none.
Result<std::int64_t> IdOf(const Call& call, std::string_view what);

}  // namespace vdiwatch::server
