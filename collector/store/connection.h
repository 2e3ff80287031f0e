#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::collector {

// Bytes for a BLOB column; empty ones become NULL.
struct Blob {
  std::string_view bytes;
};
// Text for a nullable TEXT column: NULL if it is empty.
struct OrNull {
  std::string_view text;
};

// One parameter of a statement. Does not own its bytes.
struct Value {
  enum class Type { kInteger, kText, kBytes };

  Value(std::int64_t number) : integer(number) {}  // NOLINT: implicit, as are the others
  Value(int number) : integer(number) {}           // NOLINT
  Value(bool truth) : integer(truth ? 1 : 0) {}    // NOLINT
  Value(Time time) : integer(ToUnix(time)) {}      // NOLINT
  Value(std::string_view text) : Value(Type::kText, text, false) {}          // NOLINT
  Value(const std::string& text) : Value(std::string_view(text)) {}          // NOLINT
  Value(const char* text) : Value(std::string_view(text)) {}                 // NOLINT
  Value(Blob blob) : Value(Type::kBytes, blob.bytes, blob.bytes.empty()) {}  // NOLINT
  Value(OrNull text) : Value(Type::kText, text.text, text.text.empty()) {}   // NOLINT
  template <class T>
  Value(const std::optional<T>& value)
      : Value(value ? Value(*value) : NullLike(Value(T()))) {}  // NOLINT

  Type type = Type::kInteger;
  bool null = false;
  std::int64_t integer = 0;
  std::string_view bytes;

 private:
  Value(Type of, std::string_view content, bool is_null)
      : type(of), null(is_null), bytes(content) {}
  static Value NullLike(Value value) {
    value.null = true;
    value.bytes = {};
    return value;
  }
};

// The parameters of one statement for many rows, all of one width. Owns its bytes.
class Rows {
 public:
  template <class... Args>
  void Add(const Args&... args) {
    width_ = sizeof...(args);
    (Keep(Value(args)), ...);
  }
  bool empty() const { return cells_.empty(); }
  std::size_t width() const { return width_; }
  std::size_t size() const { return empty() ? 0 : cells_.size() / width_; }
  std::span<const Value> operator[](std::size_t row) const {
    return std::span(cells_).subspan(row * width_, width_);
  }

 private:
  void Keep(Value value);

  std::size_t width_ = 0;
  std::vector<Value> cells_;
  std::deque<std::string> bytes_;  // never moves what it holds
};

// The rows that a statement answers, while it runs. NULL reads as 0 or empty.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual Result<bool> Step() = 0;  // whether it stands on a row
  virtual bool IsNull(int column) = 0;
  virtual std::int64_t Integer(int column) = 0;
  virtual std::string_view Bytes(int column) = 0;  // of text and bytes alike; until the next Step
};

// The row a cursor stands on, read from left to right.
class Row {
 public:
  explicit Row(Cursor& cursor) : cursor_(cursor) {}
  std::int64_t Integer() { return cursor_.Integer(next_++); }
  std::string Text() { return std::string(cursor_.Bytes(next_++)); }
  Time At() { return FromUnix(Integer()); }
  std::optional<std::int64_t> MaybeInteger() {
    if (cursor_.IsNull(next_)) return ++next_, std::nullopt;
    return Integer();
  }
  std::optional<Time> MaybeAt() {
    auto seconds = MaybeInteger();
    return seconds ? std::optional(FromUnix(*seconds)) : std::nullopt;
  }

 private:
  Cursor& cursor_;
  int next_ = 0;
};

// What a row reader answers: `Read` is a callable Row& -> T or Row& -> Result<T>.
template <class T>
struct Unwrapped {
  using type = T;
  static constexpr bool may_fail = false;
};
template <class T>
struct Unwrapped<Result<T>> {
  using type = T;
  static constexpr bool may_fail = true;
};
template <class Read>
using Reading = Unwrapped<std::invoke_result_t<Read&, Row&>>;
template <class Read>
using Answer = typename Reading<Read>::type;

// Where the engines' words differ. All that is not here is written once for both.
struct Dialect {
  std::string_view lock;           // ends a SELECT of rows that are going to be written
  std::string_view lock_unlocked;  // the same, leaving out those that another writer holds
  std::string_view lease;          // takes the sweep of pool ?1 until the transaction ends, or not
  std::string_view contains;       // whether text {} contains text {}
  std::string_view numbers_of;     // a SELECT of the numbers in the JSON array {}
  std::string_view by_pool;        // after "FROM desktop": go by the pool's index
  std::string_view by_id;          // likewise: go by the primary key
  std::string_view size;           // a SELECT of the bytes that the database takes
  std::string_view engine;         // its name for people
};

// One connection to a database of either engine. Keeps its statements prepared. One thread at a
// time. Statements are ordinary SQL with parameters ?1, ?2, …; text that is bound and rows that are
// read must outlive the call.
class Connection {
 public:
  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement and answers how many rows it changed.
  template <class... Args>
  Result<std::int64_t> Run(std::string_view sql, const Args&... args) {
    if constexpr (sizeof...(args) == 0) {
      return Execute(sql, {});
    } else {
      const Value values[] = {Value(args)...};
      return Execute(sql, values);
    }
  }
  // Runs an INSERT … VALUES (…) … or UPDATE … WHERE … once for every row, in the fewest possible
  // turns; answers how many rows it changed. No two rows may concern the same row of the table,
  // unless they say ON CONFLICT DO NOTHING.
  virtual Result<std::int64_t> RunEach(std::string_view sql, const Rows& rows) = 0;

  // Hands every row to `read` and collects what it answers.
  template <class Read, class... Args>
  Result<std::vector<Answer<Read>>> All(std::string_view sql, Read read, const Args&... args) {
    ASSIGN_OR_RETURN(auto cursor, Ask(sql, args...));
    return Collect(*cursor, read);
  }
  // The same for a statement that says "= ?1", and all rows for which any of these values is that;
  // in no order. Values: std::int64_t or Blob.
  template <class Read, class T>
  Result<std::vector<Answer<Read>>> AllIn(std::string_view sql, Read read,
                                          const std::vector<T>& values) {
    if (values.empty()) return std::vector<Answer<Read>>();
    ASSIGN_OR_RETURN(auto cursor, QueryIn(sql, std::vector<Value>(values.begin(), values.end())));
    return Collect(*cursor, read);
  }
  // The first row, or nothing.
  template <class Read, class... Args>
  Result<std::optional<Answer<Read>>> One(std::string_view sql, Read read, const Args&... args) {
    ASSIGN_OR_RETURN(auto cursor, Ask(sql, args...));
    ASSIGN_OR_RETURN(bool found, cursor->Step());
    if (!found) return std::optional<Answer<Read>>();
    Row row(*cursor);
    if constexpr (Reading<Read>::may_fail) {
      ASSIGN_OR_RETURN(auto answer, read(row));
      return std::optional<Answer<Read>>(std::move(answer));
    } else {
      return std::optional<Answer<Read>>(read(row));
    }
  }
  // Several statements without parameters.
  virtual Result<void> Script(const std::string& sql) = 0;

  virtual const Dialect& dialect() const = 0;

 protected:
  virtual Result<std::int64_t> Execute(std::string_view sql, std::span<const Value> values) = 0;
  virtual Result<std::unique_ptr<Cursor>> Query(std::string_view sql,
                                                std::span<const Value> values) = 0;
  virtual Result<std::unique_ptr<Cursor>> QueryIn(std::string_view sql,
                                                  std::vector<Value> values) = 0;

 private:
  template <class... Args>
  Result<std::unique_ptr<Cursor>> Ask(std::string_view sql, const Args&... args) {
    if constexpr (sizeof...(args) == 0) {
      return Query(sql, {});
    } else {
      const Value values[] = {Value(args)...};
      return Query(sql, values);
    }
  }
  template <class Read>
  static Result<std::vector<Answer<Read>>> Collect(Cursor& cursor, Read& read) {
    std::vector<Answer<Read>> answers;
    while (true) {
      ASSIGN_OR_RETURN(bool more, cursor.Step());
      if (!more) return answers;
      Row row(cursor);
      if constexpr (Reading<Read>::may_fail) {
        ASSIGN_OR_RETURN(auto answer, read(row));
        answers.push_back(std::move(answer));
      } else {
        answers.push_back(read(row));
      }
    }
  }
};

}  // namespace vdiwatch::collector
