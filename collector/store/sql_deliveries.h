#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collector/store/alert_store.h"
#include "collector/store/connection.h"

namespace vdiwatch::collector {

// Where a list begins that goes from the newest to the oldest.
inline constexpr std::pair<Time, std::int64_t> kBeforeAll{Time(Seconds(std::int64_t{1} << 40)), 0};

// The statements behind AlertStore's notices and deliveries, inside the caller's transaction.
Result<std::vector<Notice>> ReadOutbox(Connection& db, std::int64_t limit);
Result<std::vector<Notice>> ReadNotices(Connection& db, const std::vector<std::int64_t>& ids);
Result<std::vector<Notice>> ReadNoticesOf(Connection& db, std::int64_t alert_id);
Result<void> WriteRoute(Connection& db, std::span<const std::int64_t> notices,
                        std::span<const Delivery> deliveries, std::span<const Delivery> joined);

Result<std::vector<Delivery>> ReadDueDeliveries(Connection& db, std::string_view sink, Time now,
                                                std::int64_t limit);
Result<std::vector<Delivery>> ReadHeldDeliveries(Connection& db, Time now);
Result<std::vector<Delivery>> ReadDeliveries(Connection& db, const DeliveryFilter& filter);
Result<std::vector<Delivery>> ReadDeliveriesAbout(Connection& db, std::int64_t alert_id);
Result<Delivery> ReadDeliveryWithId(Connection& db, std::int64_t id);
Result<std::vector<DeliveryAttempt>> ReadAttempts(Connection& db, std::int64_t delivery_id);
Result<bool> ClaimDelivery(Connection& db, const Delivery& delivery, Time until);
Result<void> WriteDelivery(Connection& db, const Delivery& delivery);
Result<void> WriteAttempt(Connection& db, const Delivery& delivery, const DeliveryAttempt& attempt);
Result<std::optional<std::string>> ReadWhyDisabled(Connection& db, std::string_view sink);
Result<void> WriteHeldForDisabled(Connection& db, std::string_view sink, Time now, Time until);
Result<void> WriteEnabled(Connection& db, std::string_view sink, Time at);

Result<std::vector<SinkRecord>> ReadSinkRecords(Connection& db);
Result<std::vector<Alert>> ReadAlertsToldTo(Connection& db, std::string_view sink);
Result<std::vector<std::int64_t>> ReadToldTo(Connection& db, std::string_view sink,
                                             const std::vector<std::int64_t>& alerts);

}  // namespace vdiwatch::collector
