#include "collector/store/sql_probe.h"

#include <utility>

namespace vdiwatch::collector {
namespace {

class SqlProbe : public StoreProbe {
 public:
  SqlProbe(std::shared_ptr<SqlDatabase> database, std::string_view size)
      : db_(std::move(database)), size_(size) {}

  Result<void> CheckWritable() override {
    return db_->Write([](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(
          db.Run("UPDATE policy_set SET at = at WHERE id = (SELECT id FROM policy_set ORDER BY id "
                 "LIMIT 1)"));
      return {};
    });
  }
  Result<std::int64_t> SizeBytes() override {
    ASSIGN_OR_RETURN(auto size, db_->Read([&](Connection& db) {
      return db.One(size_, [](Row& row) { return row.Integer(); });
    }));
    return size.value_or(0);
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
  const std::string_view size_;
};

}  // namespace

std::shared_ptr<StoreProbe> MakeSqlProbe(std::shared_ptr<SqlDatabase> database,
                                         std::string_view size) {
  return std::make_shared<SqlProbe>(std::move(database), size);
}

}  // namespace vdiwatch::collector
